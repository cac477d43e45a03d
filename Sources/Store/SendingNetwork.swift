// SPDX-License-Identifier: Apache-2.0

/// The network that an SMTP client's address belongs to, as far as one owner usually reaches: /24 of IPv4, /48 of IPv6.
package enum SendingNetwork {
    /// `192.0.2.0/24`, `2001:db8:7/48`; nil for what is no address.
    package static func of(_ client: String?) -> String? {
        guard let client else { return nil }
        return client.utf8.contains(UInt8(ascii: ":")) ? ipv6(client) : ipv4(client)
    }

    private static func ipv4(_ client: String) -> String? {
        let parts = client.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else { return nil }
        return parts.prefix(3).joined(separator: ".") + ".0/24"
    }

    private static func ipv6(_ client: String) -> String? {
        let halves = client.lowercased().split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.split(separator: ":") }
        let given = halves.reduce(0) { $0 + $1.count }
        guard given <= 8, given == 8 || halves.count == 2 else { return nil }
        let zeros = Array(repeating: Substring("0"), count: 8 - given)
        let groups = (halves[0] + zeros + (halves.count == 2 ? halves[1] : [])).prefix(3).compactMap {
            UInt16($0, radix: 16)
        }
        guard groups.count == 3 else { return nil }
        return groups.map { String($0, radix: 16) }.joined(separator: ":") + "/48"
    }
}
