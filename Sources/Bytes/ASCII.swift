// SPDX-License-Identifier: Apache-2.0

// Bytes: what every parser here needs of a byte string, and nothing else.
//
// Mail and URLs are bytes; Swift's `String` joins CR LF into one Character and compares by canonical equivalence, so
// the parsers work on `UInt8`. The handful of operations they share (ASCII classes and case, search, hex, base64url)
// stands here once. Road not taken: extensions on `String` or Foundation's `Data`. What is asked of every byte is
// inlinable: a call into another module for each byte made whole messages half as slow again.

/// The ASCII classes and case of one byte.
extension UInt8 {
    @inlinable package static var tab: UInt8 { 0x09 }
    @inlinable package static var lineFeed: UInt8 { 0x0A }
    @inlinable package static var carriageReturn: UInt8 { 0x0D }
    @inlinable package static var space: UInt8 { 0x20 }

    /// A to Z or a to z.
    @inlinable package var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
    /// 0 to 9.
    @inlinable package var isASCIIDigit: Bool { self &- 0x30 < 10 }
    /// A letter or a digit.
    @inlinable package var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }
    /// 0 to 9, A to F or a to f.
    @inlinable package var isASCIIHexDigit: Bool { hexValue != nil }
    /// A byte over 0x7F.
    @inlinable package var isNonASCII: Bool { self >= 0x80 }

    /// The byte in lower case when it is an ASCII capital, else itself.
    @inlinable package var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// The value of a hexadecimal digit, or nil.
    @inlinable package var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

/// Case-blind work on whole byte strings.
extension Collection<UInt8> {
    /// The bytes with ASCII capitals made small.
    @inlinable package var lowercased: [UInt8] { map(\.lowercased) }

    /// Whether both are equal but for ASCII case.
    @inlinable package func equalsIgnoringCase(_ other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// Whether both are equal but for ASCII case.
    @inlinable package func equalsIgnoringCase(_ other: StaticString) -> Bool {
        equalsIgnoringCase(other.bytes)
    }

    /// The bytes as text for people and records: bad UTF-8 becomes U+FFFD.
    @inlinable package var text: String { String(decoding: self, as: UTF8.self) }
}

extension StaticString {
    /// The bytes of a literal.
    @inlinable package var bytes: [UInt8] { withUTF8Buffer { unsafe Array($0) } }
}
