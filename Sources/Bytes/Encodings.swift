// SPDX-License-Identifier: Apache-2.0

/// Lower-case hexadecimal, two digits a byte (RFC 4648, section 8).
package enum Hex {
    /// The digits of the bytes.
    package static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            out.append(digit(byte >> 4))
            out.append(digit(byte & 15))
        }
        return out
    }

    /// The 16 digits of a number, the highest first.
    package static func encode(_ number: UInt64) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 16)
        for place in 0..<16 { out[place] = digit(UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * place)) & 15) }
        return out
    }

    /// The bytes behind the digits; nil for an odd count or any other byte.
    package static func decode(_ digits: some Collection<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for byte in digits {
            guard let value = byte.hexValue else { return nil }
            if let first = high {
                out.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return out
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }
}

/// Base64 with the URL-safe alphabet and no padding (RFC 4648, section 5).
package enum Base64URL {
    private static let alphabet = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" as StaticString)
        .bytes

    /// 255 marks a byte outside the alphabet.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
        return table
    }()

    /// The bytes of the alphabet that the text begins with.
    package static func digits(atStartOf text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let values = values
        return text.prefix { values[Int($0)] != 255 }
    }

    /// The text of the bytes.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = alphabet
        var out = [UInt8](repeating: 0, count: (bytes.count * 4 + 2) / 3)
        var output = out.mutableSpan
        var place = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let left = bytes.count - start
            let second = left > 1 ? UInt32(bytes[start + 1]) : 0
            let third = left > 2 ? UInt32(bytes[start + 2]) : 0
            let bits = UInt32(bytes[start]) << 16 | second << 8 | third
            // One byte takes two characters, two take three.
            for number in 0..<min(left + 1, 4) {
                output[place] = alphabet[Int(bits >> UInt32(18 - 6 * number) & 63)]
                place += 1
            }
        }
        return out
    }

    /// The bytes behind the text.
    ///
    /// Strict: nil for padding, for a byte outside the alphabet, for a length that no encoder makes, and for unused
    /// bits that are not zero, so that every byte string has exactly one text.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { decode(bytes: Array(text)) }

    /// Over an array, because a collection of another module's choice costs a call for each byte.
    private static func decode(bytes text: [UInt8]) -> [UInt8]? {
        let rest = text.count % 4
        guard rest != 1 else { return nil }
        let table = values
        var out = [UInt8](repeating: 0, count: text.count / 4 * 3 + max(0, rest - 1))
        let (values, input) = (table.span, text.span)
        var output = out.mutableSpan
        var count = 0
        for place in stride(from: 0, to: text.count - rest, by: 4) {
            let (first, second) = (values[Int(input[place])], values[Int(input[place + 1])])
            let (third, fourth) = (values[Int(input[place + 2])], values[Int(input[place + 3])])
            guard first | second | third | fourth < 64 else { return nil }
            output[count] = first << 2 | second >> 4
            output[count + 1] = second << 4 | third >> 2
            output[count + 2] = third << 6 | fourth
            count += 3
        }
        guard rest > 0 else { return out }
        let (first, second) = (values[Int(input[text.count - rest])], values[Int(input[text.count - rest + 1])])
        let third = rest == 3 ? values[Int(input[text.count - 1])] : 0
        guard first | second | third < 64, rest == 3 ? third & 3 == 0 : second & 15 == 0 else { return nil }
        output[count] = first << 2 | second >> 4
        if rest == 3 { output[count + 1] = second << 4 | third >> 2 }
        return out
    }
}
