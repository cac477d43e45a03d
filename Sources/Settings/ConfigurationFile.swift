// SPDX-License-Identifier: Apache-2.0

import Foundation
import YAML
import Yams

/// Files an administrator writes: small, and read whole.
enum ConfigurationFile {
    /// A configuration with a thousand exempt domains has 100 KB; stops a wrong path from filling memory.
    static let sizeLimit = 1_024 * 1_024

    static func read(_ path: String, limit: Int = sizeLimit) throws(ConfigurationError) -> [UInt8] {
        let data: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try file.read(upToCount: limit + 1)
        } catch {
            throw ConfigurationError(file: path, "cannot be read: \(reason(error))")
        }
        let bytes = Array(data ?? Data())
        guard bytes.count <= limit else {
            throw ConfigurationError(file: path, "expected a file of at most \(limit) bytes, found a larger one")
        }
        return bytes
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = (error.userInfo[NSUnderlyingErrorKey] as? NSError) ?? error
        guard cause.domain == NSPOSIXErrorDomain, let code = POSIXErrorCode(rawValue: Int32(cause.code)) else {
            return error.localizedDescription
        }
        return switch code {
        case .ENOENT: "no such file"
        case .EACCES: "permission denied"
        case .EISDIR: "it is a directory"
        default: "error \(code.rawValue)"
        }
    }
}

/// A secret in a file of its own.
package enum SecretFile {
    /// A password has a line, a private key of 8,192 bits 6,400 bytes.
    private static let sizeLimit = 16_384

    /// The first line of the file; it must not be empty, nor may others than owner and group read the file.
    package static func read(_ path: String) throws(ConfigurationError) -> String {
        let bytes = try readAll(path)
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty, let text = String(validating: line, as: UTF8.self) else {
            throw ConfigurationError(file: path, line: 1, "expected a secret in the first line, found none")
        }
        return text
    }

    /// The whole file, such as a private key; others than owner and group must not be able to read it.
    package static func readAll(_ path: String) throws(ConfigurationError) -> [UInt8] {
        let bytes = try ConfigurationFile.read(path, limit: sizeLimit)
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o007 == 0 else {
            throw ConfigurationError(file: path, "expected a file that only owner and group can read (chmod 640)")
        }
        return bytes
    }
}

// MARK: - Nodes

extension ConfigurationFile {
    /// The one document in the text; nil when there is nothing in it.
    static func nodes(of bytes: [UInt8], file: String) throws(ConfigurationError) -> Node? {
        guard bytes.count <= sizeLimit else {
            throw ConfigurationError(file: file, "expected at most \(sizeLimit) bytes, found \(bytes.count)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: file, "expected UTF-8 text, found other bytes")
        }
        do {
            return try YAMLText.compose(text)
        } catch {
            throw ConfigurationError(error, file: file)
        }
    }
}

extension ConfigurationError {
    fileprivate init(_ fault: YAMLFault, file: String) {
        let line = fault.line > 0 ? fault.line : nil
        switch fault.problem {
        case .notYAML(let problem): self.init(file: file, line: line, "not YAML: \(YAMLScalar.printable(problem))")
        case .anchor: self.init(file: file, line: line, "expected no anchors or aliases, found one")
        case .repeatedKey(let key):
            self.init(
                file: file, line: line, key: YAMLScalar.printable(key),
                "expected once in its section, found again further down")
        }
    }
}
