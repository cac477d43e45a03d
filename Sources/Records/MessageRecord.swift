// SPDX-License-Identifier: Apache-2.0

// Records: what the two journals hold, one JSON object a line. The milter and the redirector write these, rearguardd
// reads them; nothing else passes between the processes. Added to the module map because writer (Inspection,
// Redirector) and reader (Store) may not import one another. A field is only ever added; `v` changes when an old
// reader would misread a record.
//
// Text in a record is for people and for look-ups: bytes that are not UTF-8 were replaced by U+FFFD before. What must
// come back byte for byte (the target of a link) is in the link token, not here.

package import Mail

/// One message as it passed the milter.
package struct MessageRecord: Codable, Hashable, Sendable {
    /// What became of the links in the message.
    package enum Rewriting: String, Codable, Sendable {
        /// At least one link was rewritten.
        case rewritten
        /// There was nothing to rewrite.
        case unchanged
        /// The message was passed on as it came, for the reason in `reason`.
        case passed
    }

    package var type = "message"
    package var v = 1
    package var reference: MessageReference
    /// The value of the message's `X-Rearguard-Id`: how quarantine finds it.
    package var stamp: String
    /// Milliseconds since 1970, UTC.
    package var at: Int64
    package var queueID: String
    /// Empty for the null reverse path.
    package var sender: String
    /// In the order of RCPT TO; the recipient number in a link token counts from 1 here.
    package var recipients: [String]
    /// The author's Message-ID, as found, with angle brackets.
    package var messageID: String?
    /// The From: field, decoded for reading.
    package var author: String?
    /// The Subject: field, decoded for reading.
    package var subject: String?
    /// The address of the SMTP client.
    package var client: String?
    /// The login name, when the client authenticated.
    package var login: String?
    /// In bytes, as received.
    package var size: Int
    package var rewriting: Rewriting
    /// Why the message, or some part of it, was not rewritten (`smime_signed`, `limit: nesting` …).
    package var reason: String?
    package var links: [LinkRecord]
    package var attachments: [AttachmentRecord]

    package init(
        reference: MessageReference, stamp: String, at: Int64, queueID: String, sender: String, recipients: [String],
        size: Int, rewriting: Rewriting
    ) {
        self.reference = reference
        self.stamp = stamp
        self.at = at
        self.queueID = queueID
        self.sender = sender
        self.recipients = recipients
        self.size = size
        self.rewriting = rewriting
        links = []
        attachments = []
    }
}

extension MessageRecord {
    /// The record as the journal keeps it: one line of JSON.
    package var json: [UInt8] {
        // A link takes some 150 bytes, an attachment 200; the rest is guesswork, and only saves copying.
        var writer = JSONWriter(capacity: 512 + 192 * links.count + 256 * attachments.count + 48 * recipients.count)
        writer.add("type", type)
        writer.add("v", v)
        writer.add("reference", reference.description)
        writer.add("stamp", stamp)
        writer.add("at", at)
        writer.add("queueID", queueID)
        writer.add("sender", sender)
        writer.add("recipients", recipients)
        writer.add("messageID", messageID)
        writer.add("author", author)
        writer.add("subject", subject)
        writer.add("client", client)
        writer.add("login", login)
        writer.add("size", size)
        writer.add("rewriting", rewriting.rawValue)
        writer.add("reason", reason)
        writer.add("links", links) { $1.write(to: &$0) }
        writer.add("attachments", attachments) { $1.write(to: &$0) }
        writer.close()
        return writer.bytes
    }
}

/// One link found in a message.
package struct LinkRecord: Codable, Hashable, Sendable {
    /// Where in the part the link stood.
    package enum Place: String, Codable, Sendable {
        case html, text
    }

    /// Counts from 0 through the message; the same number stands in the link token.
    package var ordinal: Int
    /// The URL as a browser would open it: the WHATWG serialisation, ASCII.
    package var url: String
    /// IMAP numbering: `1`, `1.2`; empty for the only body.
    package var part: String
    package var place: Place
    package var rewritten: Bool
    /// Why it was not rewritten (`exempt`, `scheme: mailto` …).
    package var reason: String?

    package init(ordinal: Int, url: String, part: String, place: Place, rewritten: Bool, reason: String? = nil) {
        self.ordinal = ordinal
        self.url = url
        self.part = part
        self.place = place
        self.rewritten = rewritten
        self.reason = reason
    }
}

/// One attachment found in a message, by its decoded content.
package struct AttachmentRecord: Codable, Hashable, Sendable {
    /// IMAP numbering.
    package var part: String
    /// The name as given, decoded; nil when there is none.
    package var name: String?
    /// As declared: `application/pdf`.
    package var mediaType: String
    /// In bytes, decoded.
    package var size: Int
    /// 64 small hexadecimal digits, over the decoded bytes.
    package var sha256: String

    package init(part: String, name: String?, mediaType: String, size: Int, sha256: String) {
        self.part = part
        self.name = name
        self.mediaType = mediaType
        self.size = size
        self.sha256 = sha256
    }
}

extension LinkRecord {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.add("ordinal", ordinal)
        writer.add("url", url)
        writer.add("part", part)
        writer.add("place", place.rawValue)
        writer.add("rewritten", rewritten)
        writer.add("reason", reason)
    }
}

extension AttachmentRecord {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.add("part", part)
        writer.add("name", name)
        writer.add("mediaType", mediaType)
        writer.add("size", size)
        writer.add("sha256", sha256)
    }
}
