// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A range of IP addresses as administrators write it: `192.0.2.0/24`, `2001:db8::/32`, or one address.
package struct NetworkRange: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16.
    private let address: [UInt8]
    private let prefixLength: Int
    /// As written.
    package let description: String

    /// Nil unless it is an address with or without the length of its prefix, and no bit stands behind that prefix.
    package init?(_ text: String) {
        description = text
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = Self.address(parts[0]) else { return nil }
        self.address = address
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(\.isASCIIDigit),
                let length = Int(parts[1]), length <= 8 * address.count
            else { return nil }
            prefixLength = length
        } else {
            prefixLength = 8 * address.count
        }
        guard address.indices.allSatisfy({ address[$0] & ~Self.mask(prefixLength - 8 * $0) == 0 }) else { return nil }
    }

    /// Whether the address lies in the range; as MTAs write it, with `IPv6:` before it or not.
    package func covers(_ client: String) -> Bool {
        let text = client.hasPrefix("IPv6:") ? client.dropFirst(5) : client[...]
        guard let other = Self.address(text), other.count == address.count else { return false }
        return address.indices.allSatisfy { (address[$0] ^ other[$0]) & Self.mask(prefixLength - 8 * $0) == 0 }
    }

    /// The bits of one byte that count, of that many from here on.
    private static func mask(_ bits: Int) -> UInt8 {
        bits >= 8 ? 0xFF : bits <= 0 ? 0 : ~(0xFF >> UInt8(bits))
    }

    /// The bytes of an address; of an IPv4 address within IPv6 (`::ffff:192.0.2.1`) the four that count.
    private static func address(_ text: Substring) -> [UInt8]? {
        guard text.contains(":") else { return ipv4(text) }
        guard let bytes = ipv6(text) else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : bytes
    }

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(\.isASCIIDigit),
                part == "0" || part.first != "0"
            else { return nil }
            return UInt8(part)
        }
        return bytes.count == 4 ? bytes : nil
    }

    /// RFC 4291, section 2.2: eight groups, one run of zeros as `::`, the last two perhaps as IPv4.
    private static func ipv6(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count <= 45 else { return nil }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(".") {
                guard let four = ipv4(part) else { return nil }
                bytes += four
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(\.isASCIIHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}
