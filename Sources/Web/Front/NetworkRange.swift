// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc

/// An IP address as its 4 or 16 bytes; an IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4 address.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// The address written in digits; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        var out = [UInt8](repeating: 0, count: 16)
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard unsafe inet_pton(AF_INET6, text, &out) == 1 else { return nil }
        } else {
            guard unsafe inet_pton(AF_INET, text, &out) == 1 else { return nil }
            out.removeLast(12)
        }
        self.init(bytes: out)
    }

    /// The address of 4 or 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    /// In digits (RFC 5952).
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.text
    }

    /// The address with all bits behind the prefix zero: a /24 of IPv4, a /48 of IPv6.
    package var truncated: NetworkAddress { prefix(bytes.count == 4 ? 3 : 6) }

    /// Whom a limit is about: an IPv4 address, or the /64 of IPv6, of which one host has every address (RFC 4291, section 2.5.4).
    package var subscriber: NetworkAddress { bytes.count == 4 ? self : prefix(8) }

    private func prefix(_ kept: Int) -> NetworkAddress {
        var out = bytes
        for index in kept..<out.count { out[index] = 0 }
        return NetworkAddress(exactly: out)
    }

    private init(exactly bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// A network: `192.0.2.0/24`, `2001:db8::/32`, or one address.
package struct NetworkRange: Hashable, Sendable {
    private let base: [UInt8]
    private let bits: Int

    /// The network as written; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ NetworkAddress($0) }) else { return nil }
        let most = address.bytes.count * 8
        guard parts.count == 2 else {
            (base, bits) = (address.bytes, most)
            return
        }
        guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy(\.isASCIIDigit), let bits = Int(parts[1]), bits <= most
        else { return nil }
        (base, self.bits) = (address.bytes, bits)
    }

    package func contains(_ address: NetworkAddress) -> Bool {
        guard address.bytes.count == base.count else { return false }
        let whole = bits / 8
        guard address.bytes[..<whole] == base[..<whole] else { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8.max << UInt8(8 - rest)
        return address.bytes[whole] & mask == base[whole] & mask
    }
}

extension [NetworkRange] {
    package func contains(_ address: NetworkAddress) -> Bool { contains { $0.contains(address) } }
}
