// SPDX-License-Identifier: Apache-2.0

import Bytes

/// IPv4 in all the spellings browsers take: decimal, octal, hexadecimal, one to four numbers (section 3.5).
enum IPv4Address {
    /// Whether the last label is a number, so that the host must be an address or nothing.
    static func endsInNumber(_ domain: [UInt8]) -> Bool {
        var labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true {
            guard labels.count > 1 else { return false }
            labels.removeLast()
        }
        guard let last = labels.last else { return false }
        if !last.isEmpty, last.allSatisfy(\.isASCIIDigit) { return true }
        return number(last) != nil
    }

    static func parse(_ domain: [UInt8]) -> UInt32? {
        var labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true, labels.count > 1 { labels.removeLast() }
        guard labels.count <= 4, let lastLabel = labels.last, let last = number(lastLabel) else { return nil }
        guard last < 1 << UInt64(8 * (5 - labels.count)) else { return nil }
        var address = last
        for (index, label) in labels.dropLast().enumerated() {
            guard let value = number(label), value <= 255 else { return nil }
            address |= value << UInt64(8 * (3 - index))
        }
        return UInt32(exactly: address)
    }

    static func serialized(_ address: UInt32) -> [UInt8] {
        Array("\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)".utf8)
    }

    /// One number, nil for no number.
    ///
    /// What does not fit 33 bits reads as too large.
    private static func number(_ label: ArraySlice<UInt8>) -> UInt64? {
        var digits = label
        var radix: UInt64 = 10
        guard !digits.isEmpty else { return nil }
        if digits.count >= 2, digits.first == UInt8(ascii: "0") {
            let isHex = digits.dropFirst().first?.lowercased == UInt8(ascii: "x")
            radix = isHex ? 16 : 8
            digits = digits.dropFirst(isHex ? 2 : 1)
        }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = byte.hexValue, UInt64(digit) < radix else { return nil }
            value = min(value * radix + UInt64(digit), 1 << 33)
        }
        return value
    }
}
