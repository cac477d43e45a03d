// SPDX-License-Identifier: Apache-2.0

import Bytes
import Links
import Mail

/// The file server that a target leads to: `\\server\share`, `file://server/share`, `smb://server/share`.
///
/// Opening one sends it the user's password hash, so such targets are taken away. In mail from inside to inside they are
/// how colleagues show one another a file: there a path to one of the site's own servers stays.
struct FileServer {
    /// As written.
    let host: [UInt8]

    /// Nil for a target that names no server, a file of the reader's own machine included.
    init?(_ removal: LinkRemoval) {
        guard case .scheme(let scheme) = removal.reason, scheme == "file" || scheme == "smb" else { return nil }
        var rest = removal.target[...]
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[..<colon].equalsIgnoringCase(Array(scheme.utf8)) {
            rest = rest[(colon + 1)...]
        }
        let slashes = rest.prefix { Self.isSlash($0) }
        let host = rest.dropFirst(slashes.count).prefix { !Self.isSlash($0) }
        // Three slashes stand before a path of the own machine, more before another way to write a share; what has an `@` is
        // asked for by WebDAV, which needs no file server.
        guard slashes.count == 2, !host.isEmpty, !host.contains(UInt8(ascii: "@")) else { return nil }
        self.host = Array(host)
    }

    private static func isSlash(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }

    /// A name or an address, and nothing that a URL parser would end it at (`evil.example?.example.org`).
    fileprivate var isName: Bool {
        host.allSatisfy { $0.isASCIIAlphanumeric || StaticString("-_.:[]").bytes.contains($0) || $0 >= 0x80 }
    }

    /// A name of one label, which no server outside can have.
    fileprivate var isLocalName: Bool {
        // What begins with a digit may be an address (`0x7F000001`).
        host[0].isASCIILetter
            && host.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}

extension SiteMail {
    /// Whether a file server is the site's own: by its name of one label, its domain, or its network.
    func owns(_ server: FileServer) -> Bool {
        guard server.isName else { return false }
        return server.isLocalName || networks.contains { $0.covers(server.host.text) }
            || domains.contains { $0.covers(("server@" as StaticString).bytes + server.host) }
    }
}
