// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The line or block by which a front server says who is behind it: the PROXY protocol, versions 1 and 2
/// (haproxy.org/download/3.0/doc/proxy-protocol.txt).
///
/// Read only on connections from a proxy that the configuration names: anybody can write one.
enum ProxyHeader {
    /// What the bytes so far come to.
    enum Reading: Equatable {
        case more
        /// The header's size, and the client; nil: the proxy speaks for itself (a health check).
        case header(size: Int, client: NetworkAddress?)
        case bad
    }

    /// Bytes of a version 1 line, with CR LF (section 2.1).
    private static let lineLimit = 107
    /// Bytes behind the fixed 16 of version 2: two addresses with ports take 36, the rest are TLVs we pass over.
    private static let blockLimit = 2_048
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    static func read(_ bytes: [UInt8]) -> Reading {
        let known = min(bytes.count, signature.count)
        if bytes[..<known] == signature[..<known] { return bytes.count < 16 ? .more : block(bytes) }
        return line(bytes)
    }

    /// `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443` or `PROXY UNKNOWN …`.
    private static func line(_ bytes: [UInt8]) -> Reading {
        let mark = ("PROXY " as StaticString).bytes
        let known = min(bytes.count, mark.count)
        guard bytes[..<known] == mark[..<known] else { return .bad }
        guard let end = bytes.prefix(lineLimit).firstIndex(of: .lineFeed) else {
            return bytes.count < lineLimit ? .more : .bad
        }
        guard end > 0, bytes[end - 1] == .carriageReturn else { return .bad }
        let words = bytes[..<(end - 1)].split(separator: .space, omittingEmptySubsequences: false).map(\.text)
        guard words.count > 1 else { return .bad }
        if words[1] == "UNKNOWN" { return .header(size: end + 1, client: nil) }
        guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6", let client = NetworkAddress(words[2]),
            NetworkAddress(words[3]) != nil, UInt16(words[4]) != nil, UInt16(words[5]) != nil
        else { return .bad }
        return .header(size: end + 1, client: client)
    }

    private static func block(_ bytes: [UInt8]) -> Reading {
        let size = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, size <= blockLimit else { return .bad }
        guard bytes.count >= 16 + size else { return .more }
        switch (bytes[12] & 15, bytes[13]) {
        case (0, _): return .header(size: 16 + size, client: nil)  // LOCAL
        case (1, 0x11) where size >= 12: return client(bytes[16..<20], size)
        case (1, 0x21) where size >= 36: return client(bytes[16..<32], size)
        case (1, 0x00): return .header(size: 16 + size, client: nil)
        default: return .bad
        }
    }

    private static func client(_ address: ArraySlice<UInt8>, _ size: Int) -> Reading {
        .header(size: 16 + size, client: NetworkAddress(bytes: Array(address)))
    }
}

/// How the client behind a front server is told.
package enum ForwardedClient: String, Hashable, Sendable, CaseIterable {
    /// Nobody is in front.
    case none
    /// In the field `X-Forwarded-For`.
    case field = "x_forwarded_for"
    /// By the PROXY protocol, before anything else on the connection.
    case header = "proxy_protocol"

    /// The client that `X-Forwarded-For` names: the last address that is not itself a trusted proxy.
    ///
    /// Everything before it may be anybody's invention. Nil when the field is missing or is no list of addresses.
    static func client(in fields: [String], trusted: [NetworkRange]) -> NetworkAddress? {
        let words = fields.joined(separator: ",").utf8.split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        var last: NetworkAddress?
        for word in words.suffix(hopLimit).reversed() {
            let text = Array(word).text
            let trimmed = text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
            guard let address = NetworkAddress(String(trimmed)) else { return last }
            last = address
            if !trusted.contains(address) { return address }
        }
        return last
    }

    /// Proxies in a row that are looked through.
    private static let hopLimit = 16
}
