// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Text in a set of one byte a character that agrees with ASCII, read as UTF-8 and patched in its own bytes.
///
/// So a link with Cyrillic letters in it is read for what it is, while every byte outside it stays.
struct SingleByteText {
    /// The UTF-8 of each byte from 0x80 on.
    private let characters: [[UInt8]]

    init?(_ name: String) {
        guard let characters = Self.tables[name] else { return nil }
        self.characters = characters
    }

    /// All sets, made by the converter one byte at a time; some converters would join a letter and its accent.
    private static let tables: [String: [[UInt8]]] = {
        var tables: [String: [[UInt8]]] = [:]
        for name in CharsetConverter.singleByteNames {
            let characters = (UInt8(0x80)...0xFF).map { CharsetConverter.utf8([$0], from: name) ?? [] }
            if characters.allSatisfy({ !$0.isEmpty }) { tables[name] = characters }
        }
        return tables
    }()

    func utf8(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 2)
        for byte in bytes {
            if byte < 0x80 { out.append(byte) } else { out.append(contentsOf: characters[Int(byte & 0x7F)]) }
        }
        return out
    }

    /// The same patches over the bytes; both in order.
    func raw(_ patches: [Patch], over bytes: [UInt8]) -> [Patch] {
        var index = 0
        var place = 0
        func advance(to end: Int) -> Int {
            while place < end, index < bytes.count {
                place += bytes[index] < 0x80 ? 1 : characters[Int(bytes[index] & 0x7F)].count
                index += 1
            }
            return index
        }
        return patches.map { patch in
            let start = advance(to: patch.range.lowerBound)
            return Patch(range: start..<advance(to: patch.range.upperBound), replacement: patch.replacement)
        }
    }
}
