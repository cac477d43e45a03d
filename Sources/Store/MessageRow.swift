// SPDX-License-Identifier: Apache-2.0

/// One message as it passed the milter, with its recipients.
package struct MessageRow: Codable, Hashable, Sendable {
    package let reference: String
    /// The value of the message's `X-Rearguard-Id`.
    package let stamp: String
    /// Milliseconds since 1970, UTC.
    package let at: Int64
    package let queueID: String
    /// Empty for the null reverse path.
    package let sender: String
    package let messageID: String?
    package let author: String?
    package let subject: String?
    /// The address of the SMTP client.
    package let client: String?
    package let login: String?
    /// In bytes.
    package let size: Int64
    /// `rewritten`, `unchanged` or `passed`.
    package let rewriting: String
    package let reason: String?
    /// `inbound`, `outbound` or `internal`; nil for what came before this was kept.
    package let direction: String?
    /// What verifiers the site trusts said: `dmarc=pass`.
    package let authentication: [String]
    /// In the order of RCPT TO; a link's recipient number counts from 1 here.
    package let recipients: [String]

    static let columns = """
        messages.reference, stamp, at, queue_id, sender, message_id, author, subject, client, login, size, rewriting, reason,
        direction, authentication
        """

    init(_ row: SQLRow, recipients: [String]) throws(StoreError) {
        reference = try row.text(0)
        stamp = try row.text(1)
        at = try row.integer(2)
        queueID = try row.text(3)
        sender = try row.text(4)
        messageID = try row.optionalText(5)
        author = try row.optionalText(6)
        subject = try row.optionalText(7)
        client = try row.optionalText(8)
        login = try row.optionalText(9)
        size = try row.integer(10)
        rewriting = try row.text(11)
        reason = try row.optionalText(12)
        direction = try row.optionalText(13)
        authentication = try row.lines(14)
        self.recipients = recipients
    }
}

/// One link of a message.
package struct LinkRow: Codable, Hashable, Sendable {
    package let reference: String
    package let ordinal: Int64
    package let url: String
    package let urlID: Int64
    package let part: String
    /// `html` or `text`.
    package let place: String
    package let rewritten: Bool
    package let reason: String?
}

/// Where a list goes on: below this moment and, within it, below this name.
package struct PageCursor: Codable, Hashable, Sendable, CustomStringConvertible {
    package let at: Int64
    package let name: String

    /// Before the newest.
    package static let start = PageCursor(at: .max, name: "")

    package init(at: Int64, name: String) {
        self.at = at
        self.name = name
    }

    /// The cursor as `description` wrote it; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let at = Int64(parts[0]) else { return nil }
        self.init(at: at, name: String(parts[1]))
    }

    package var description: String { "\(at).\(name)" }
}
