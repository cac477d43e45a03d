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
        /// Something in it was changed: links rewritten, removed or unwrapped, or a part written anew.
        case rewritten
        /// There was nothing to change.
        case unchanged
        /// The message was left as it came, for the reason in `reason`; `disposition` says whether it went on.
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
    /// The Message-IDs of In-Reply-To and References, as found, without angle brackets; of mail from inside only, where they say
    /// who answered or forwarded what.
    package var answers: [String]?
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
    /// `inbound`, `outbound` or `internal`.
    package var direction: String?
    /// What verifiers the site trusts said: `dmarc=pass` (RFC 8601).
    package var authentication: [String]?
    /// The name of the policy that held.
    package var policy: String?
    /// What the MTA was told, when it is another thing than to deliver: `hold`, `tempfail`, `reject`, `discard`.
    package var disposition: String?
    /// The gravest verdict known at delivery about a link or an attachment.
    package var verdict: String?
    /// Where mail clients read the message differently: reason and part.
    package var ambiguities: [String]?
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
        if let answers { writer.add("answers", answers) }
        writer.add("author", author)
        writer.add("subject", subject)
        writer.add("client", client)
        writer.add("login", login)
        writer.add("size", size)
        writer.add("direction", direction)
        if let authentication { writer.add("authentication", authentication) }
        writer.add("policy", policy)
        writer.add("disposition", disposition)
        writer.add("verdict", verdict)
        if let ambiguities { writer.add("ambiguities", ambiguities) }
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
        /// What the mail client loads by itself to show the message.
        case picture
        /// In an attachment, or in a member of one.
        case attachment
    }

    /// One wrapper of another vendor around a link.
    package struct Layer: Codable, Hashable, Sendable {
        /// The vendor or service.
        package var wrapper: String
        /// What it wraps; nil when only the vendor can tell.
        package var url: String?

        package init(wrapper: String, url: String?) {
            self.wrapper = wrapper
            self.url = url
        }
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
    /// Whether the place lost its target: nothing there could be wrapped, or nothing was to stay live.
    package var removed: Bool?
    /// Other vendors' wrappers around it, the outermost first; with four or more the link is suspicious.
    package var chain: [Layer]?
    /// What was known at delivery about it or what it wraps; without an `indicator`, its wrapping says so.
    package var verdict: String?
    /// The number of the indicator that said so.
    package var indicator: Int64?

    package init(ordinal: Int, url: String, part: String, place: Place, rewritten: Bool, reason: String? = nil) {
        self.ordinal = ordinal
        self.url = url
        self.part = part
        self.place = place
        self.rewritten = rewritten
        self.reason = reason
    }
}

/// One attachment found in a message, or one member of an archive in it, by its decoded content.
package struct AttachmentRecord: Codable, Hashable, Sendable {
    /// IMAP numbering; a member's is that of the attachment it came in.
    package var part: String
    /// Of a member: the number of the attachment or member it lies in, counted from 1 through the list.
    package var parent: Int?
    /// The name as given, decoded; nil when there is none.
    package var name: String?
    /// The name as it can be written to a disk, where that is another one.
    package var safeName: String?
    /// As declared: `application/pdf`.
    package var mediaType: String
    /// In bytes, decoded.
    package var size: Int
    /// 64 small hexadecimal digits, over the decoded bytes.
    package var sha256: String
    package var sha1: String?
    package var md5: String?
    /// What the content is, by itself, as a media type.
    package var type: String?
    /// In which way content, declared type and name contradict one another.
    package var mismatch: [String]?
    /// Whether it, or something in it, is encrypted.
    package var encrypted: Bool?
    /// The bound that kept us from seeing all of it.
    package var unscannable: String?
    /// What scanners said at delivery: `yara: rule`, `clamd: signature`.
    package var findings: [String]?
    /// Whether its bytes were kept.
    package var kept: Bool?
    /// What was known at delivery about it.
    package var verdict: String?
    /// The number of the indicator that said so.
    package var indicator: Int64?

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
        if removed == true { writer.add("removed", true) }
        if let chain {
            writer.add("chain", chain) { writer, layer in
                writer.add("wrapper", layer.wrapper)
                writer.add("url", layer.url)
            }
        }
        writer.add("verdict", verdict)
        if let indicator { writer.add("indicator", indicator) }
    }
}

extension AttachmentRecord {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.add("part", part)
        if let parent { writer.add("parent", parent) }
        writer.add("name", name)
        writer.add("safeName", safeName)
        writer.add("mediaType", mediaType)
        writer.add("size", size)
        writer.add("sha256", sha256)
        writer.add("sha1", sha1)
        writer.add("md5", md5)
        writer.add("type", type)
        if let mismatch { writer.add("mismatch", mismatch) }
        if encrypted == true { writer.add("encrypted", true) }
        writer.add("unscannable", unscannable)
        if let findings { writer.add("findings", findings) }
        if kept == true { writer.add("kept", true) }
        writer.add("verdict", verdict)
        if let indicator { writer.add("indicator", indicator) }
    }
}
