// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes files with secrets.
enum KeyFileWriter {
    /// Makes the file; one that is there stays, and is an error.
    static func create(_ path: String, _ bytes: [UInt8]) throws {
        let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw failure("cannot make \(path): \(unsafe String(cString: strerror(errno)))", code: 1)
        }
        do {
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try file.write(contentsOf: Data(bytes))
            try file.synchronize()
        } catch { throw failure("cannot write \(path): \(error.localizedDescription)", code: 1) }
    }

    /// Renames a new file into the old one's place; owner, group and mode are the old file's: the daemons read it by their
    /// group.
    static func replace(_ path: String, by bytes: [UInt8]) throws {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let fresh = "\(path).new"
            try? FileManager.default.removeItem(atPath: fresh)
            let descriptor = unsafe open(fresh, O_CREAT | O_EXCL | O_WRONLY, 0o600)
            guard descriptor >= 0 else { throw CocoaError(.fileWriteNoPermission) }
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try file.write(contentsOf: Data(bytes))
            let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value ?? getuid()
            let group = (attributes[.groupOwnerAccountID] as? NSNumber)?.uint32Value ?? getgid()
            guard fchown(descriptor, owner, group) == 0 || getuid() != 0 else {
                throw CocoaError(.fileWriteNoPermission)
            }
            let mode = (attributes[.posixPermissions] as? NSNumber)?.uint32Value ?? 0o640
            _ = fchmod(descriptor, mode)
            try file.synchronize()
            guard unsafe rename(fresh, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            throw failure("cannot write \(path): \(error.localizedDescription)", code: 1)
        }
    }
}
