// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Where a server listens.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// Port 0: the system chooses one.
    case tcp(host: String, port: Int)
    /// A Unix socket with its permission bits.
    case unix(path: String, mode: UInt16)

    /// Owner and group may connect: who may talk to the program is decided by the socket's group.
    package static let defaultMode: UInt16 = 0o660

    /// The address written as `host:port`, `[IPv6]:port`, or the absolute path of a socket; nil for anything else.
    package init?(_ text: String, mode: UInt16 = ListenAddress.defaultMode) {
        if text.hasPrefix("/") {
            self = .unix(path: text, mode: mode)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: Int(port))
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path, _): path
        }
    }
}
