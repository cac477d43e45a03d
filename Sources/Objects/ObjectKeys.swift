// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography

/// One of the site's keys for objects.
package struct ObjectKey: Sendable {
    package static let secretSize = 32

    package let id: UInt8
    private let mac: HMACKey

    package init(id: UInt8, secret: [UInt8]) {
        self.id = id
        mac = HMACKey(secret)
    }

    func code(over message: [UInt8]) -> [UInt8] { mac.code(over: message) }
}

/// The keys of a key file: one seals, all of them open.
///
/// A key a line: number (1 to 255), `current` or `retired`, and the secret (64 hexadecimal digits); `#` begins a comment.
/// A retired key can be taken out when no object is under it any more (`rearguard object keys`).
package struct ObjectKeys: Sendable {
    package let current: ObjectKey
    package let all: [ObjectKey]
    /// The lines as they are, for `rotated`.
    private let lines: [[UInt8]]

    package init(text: [UInt8], name: String) throws(ObjectError) {
        lines = text.split(separator: .lineFeed).map { Array($0) }
        var keys: [ObjectKey] = []
        var current: [ObjectKey] = []
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == .space || $0 == .tab || $0 == .carriageReturn }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            guard words.count == 3, let id = UInt8(first.text), id > 0, !keys.contains(where: { $0.id == id }),
                let secret = Hex.decode(Array(words[2])), secret.count == ObjectKey.secretSize
            else {
                throw ObjectError(
                    "\(name):\(index + 1): expected a number, 'current' or 'retired', and 64 hexadecimal digits")
            }
            let key = ObjectKey(id: id, secret: secret)
            switch words[1].text {
            case "current": current.append(key)
            case "retired": break
            default: throw ObjectError("\(name):\(index + 1): expected 'current' or 'retired'")
            }
            keys.append(key)
        }
        guard let only = current.first, current.count == 1 else {
            throw ObjectError("\(name): expected one current key, found \(current.count)")
        }
        self.current = only
        all = keys
    }

    package func key(_ id: UInt8) -> ObjectKey? { all.first { $0.id == id } }

    /// The text of a key file with one new key.
    package static func newText() -> [UInt8] {
        Array("# Keys for retained objects: number, current or retired, secret. Keep a copy elsewhere.\n".utf8)
            + line(1)
    }

    /// The text of the file with a new current key, the old one retired; nil when all numbers are taken.
    package func rotated() -> [UInt8]? {
        let highest = all.map(\.id).max() ?? 0
        let free = highest < .max ? highest + 1 : (1...UInt8.max).first { key($0) == nil }
        guard let free else { return nil }
        let kept = lines.map { line in
            let words = line.split { $0 == .space || $0 == .tab }
            guard words.count == 3, words[1].text == "current", UInt8(words[0].text) == current.id else { return line }
            return Array("\(current.id) retired \(words[2].text)".utf8)
        }
        return Array((kept + [Self.line(free).dropLast()]).joined(separator: [.lineFeed])) + [.lineFeed]
    }

    private static func line(_ id: UInt8) -> [UInt8] {
        Array("\(id) current \(Hex.encode(SecureRandom.bytes(ObjectKey.secretSize)).text)\n".utf8)
    }
}

/// Why an object cannot be kept or given.
package struct ObjectError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
