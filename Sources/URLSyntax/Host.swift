// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The host of a URL (WHATWG URL Standard, section 3.1).
package enum Host: Hashable, Sendable {
    /// A name, ASCII, small letters, IDNA done.
    case domain([UInt8])
    case ipv4(UInt32)
    /// Eight pieces, as written from the left.
    case ipv6(IPv6Address)
    /// What a scheme that is not special calls a host, percent-encoded.
    case opaque([UInt8])
    case empty

    /// The host as it stands in a URL.
    package var serialized: [UInt8] {
        switch self {
        case .domain(let bytes), .opaque(let bytes): bytes
        case .ipv4(let address): IPv4Address.serialized(address)
        case .ipv6(let address): [UInt8(ascii: "[")] + address.serialized + [UInt8(ascii: "]")]
        case .empty: []
        }
    }

    /// Reads a host (section 3.5); nil for one that browsers refuse.
    static func parse(_ input: ArraySlice<UInt8>, isSpecial: Bool) -> Host? {
        if input.first == UInt8(ascii: "[") {
            guard input.count >= 2, input.last == UInt8(ascii: "]") else { return nil }
            return IPv6Address(input.dropFirst().dropLast()).map(Host.ipv6)
        }
        guard isSpecial else { return opaque(input) }
        if let plain = plainDomain(input) { return plain }
        guard let ascii = Domain.ascii(PercentEncoding.decode(input)), !ascii.isEmpty,
            !ascii.contains(where: ForbiddenHostBytes.isForbiddenInDomain)
        else { return nil }
        return numeric(ascii)
    }

    /// The case of nearly every link, without percent-decoding or IDNA: letters, digits, dots, dashes, no `xn--`, and no
    /// label at the end that could be a number.
    private static func plainDomain(_ input: ArraySlice<UInt8>) -> Host? {
        guard let last = input.last, last.isASCIILetter else { return nil }
        var labelStart = true
        for index in input.indices {
            let byte = input[index]
            if byte == UInt8(ascii: ".") {
                labelStart = true
                continue
            }
            guard byte.isASCIIAlphanumeric || byte == UInt8(ascii: "-") else { return nil }
            if labelStart, byte.lowercased == UInt8(ascii: "x"), input[index...].prefix(4).equalsIgnoringCase("xn--") {
                return nil
            }
            labelStart = false
        }
        let start = input.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? input.startIndex
        if input[start].isASCIIDigit { return nil }
        return .domain(input.lowercased)
    }

    private static func numeric(_ domain: [UInt8]) -> Host? {
        guard IPv4Address.endsInNumber(domain) else { return .domain(domain) }
        return IPv4Address.parse(domain).map(Host.ipv4)
    }

    private static func opaque(_ input: ArraySlice<UInt8>) -> Host? {
        guard !input.contains(where: ForbiddenHostBytes.isForbidden) else { return nil }
        var out: [UInt8] = []
        PercentEncoding.append(input, to: &out, encoding: .c0Control)
        return out.isEmpty ? .empty : .opaque(out)
    }
}

/// The bytes no host may have (section 3.4).
enum ForbiddenHostBytes {
    private static let table: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in ("\0\t\n\r #/:<>?@[\\]^|" as StaticString).bytes { table[Int(byte)] = true }
        return table
    }()

    static func isForbidden(_ byte: UInt8) -> Bool { table[Int(byte)] }

    static func isForbiddenInDomain(_ byte: UInt8) -> Bool {
        table[Int(byte)] || byte < 0x20 || byte == UInt8(ascii: "%") || byte == 0x7F
    }
}
