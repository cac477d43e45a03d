// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Writes one JSON object as bytes (RFC 8259), fields in the order they are added.
///
/// A message's record is written while its sender waits. Foundation's encoder builds a tree of boxed values first, which
/// took a tenth of the milter's time on mail with many links; this takes the bytes once. Reading, which nobody waits for,
/// is Foundation's.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    /// Left out when nil, as Foundation's encoder does.
    mutating func add(_ name: StaticString, _ text: String?) {
        if let text { add(name, text) }
    }

    mutating func add(_ name: StaticString, _ number: some BinaryInteger) {
        key(name)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    mutating func add(_ name: StaticString, _ flag: Bool) {
        key(name)
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    mutating func add(_ name: StaticString, _ texts: [String]) {
        list(name, texts) { writer, text in writer.string(text) }
    }

    mutating func add(_ name: StaticString, numbers: [Int64]) {
        list(name, numbers) { writer, number in writer.bytes.append(contentsOf: "\(number)".utf8) }
    }

    /// An array of objects.
    mutating func add<Item>(_ name: StaticString, _ items: [Item], _ write: (inout JSONWriter, Item) -> Void) {
        list(name, items) { writer, item in
            writer.bytes.append(UInt8(ascii: "{"))
            write(&writer, item)
            writer.close()
        }
    }

    mutating func close() {
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func list<Item>(_ name: StaticString, _ items: [Item], _ write: (inout JSONWriter, Item) -> Void) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(&self, item)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func key(_ name: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Quotation mark, backslash and C0 controls are escaped, nothing else has to be (section 7).
    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard !isPlain else {
            bytes.append(contentsOf: text.utf8)
            return bytes.append(UInt8(ascii: "\""))
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(contentsOf: Hex.encode(CollectionOfOne(byte)))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
