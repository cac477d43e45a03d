// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Where the mailboxes are, and how we log in to any of them.
package struct MailboxServer: Sendable {
    package enum Security: String, Sendable {
        /// Plain text; for the loopback only.
        case none
        /// STARTTLS on the IMAP port, required.
        case startTLS
        /// TLS from the first byte (port 993).
        case implicit
    }

    /// How a recipient's address becomes the name of a mailbox.
    package enum LoginForm: String, Sendable {
        case address
        case localPart
    }

    package var host: String
    package var port: UInt16
    package var security: Security = .implicit
    /// A file of certificates to trust instead of the system's; nil for the system's.
    package var certificateFile: String?
    package var masterUser: String
    package var masterPassword: String
    /// What stands between mailbox and master user in the login name (Dovecot's `auth_master_user_separator`).
    package var separator = "*"
    package var loginForm = LoginForm.address
    /// Seconds for the connection and the login: a dead server is known quickly.
    package var connectTimeout = 10
    /// Seconds for one answer: a header search in a big folder without an index reads every message.
    package var commandTimeout = 60

    package init(host: String, port: UInt16, masterUser: String, masterPassword: String) {
        self.host = host
        self.port = port
        self.masterUser = masterUser
        self.masterPassword = masterPassword
    }

    /// The longest login name: an address has at most 254 bytes (RFC 5321, section 4.5.3.1.3).
    private static let mailboxLengthLimit = 254

    /// The name to log in with for a recipient; an address that could be read as another login is refused.
    func loginName(for mailbox: String) throws(QuarantineError) -> String {
        var bytes = Array(mailbox.utf8)
        if loginForm == .localPart, let at = bytes.lastIndex(of: UInt8(ascii: "@")) { bytes = Array(bytes[..<at]) }
        let separator = Set(self.separator.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.mailboxLengthLimit,
            bytes.allSatisfy({ $0 > .space && $0 != 0x7F && !separator.contains($0) })
        else { throw QuarantineError(.badInput, "not the name of a mailbox: '\(mailbox.utf8.prefix(80).text)'") }
        return bytes.text + self.separator + masterUser
    }

    /// The server as people read it.
    var place: String { "\(host):\(port)" }

    /// The server as libcurl wants it.
    var url: String {
        "\(security == .implicit ? "imaps" : "imap")://\(host.contains(":") ? "[\(host)]" : host):\(port)/"
    }
}
