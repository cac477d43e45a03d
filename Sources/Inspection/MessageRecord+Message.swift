// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Mail
import Records
import Verdicts

/// How much of a message's own words a record keeps: a subject of a megabyte would be in every list an analyst opens.
enum RecordLimit {
    /// Bytes of a header field that are decoded.
    static let field = 4_096
    /// Code points of a name, a type or a decoded field; a character may have any number of them.
    static let text = 1_000
    /// Message-IDs of one of its fields; of a long thread the last ones, which it answers.
    static let answers = 20
    /// Part reasons that are told; each stands once.
    static let reasons = 8
    /// Bytes that links and attachments may take in the journal, where a record has 16 MiB: a message whose record does
    /// not fit could never be delivered.
    static let size = 12 * 1_024 * 1_024
}

extension String {
    /// What a record keeps of it.
    var kept: String {
        guard utf8.count > RecordLimit.text else { return self }  // no more code points than bytes
        return String(String.UnicodeScalarView(unicodeScalars.prefix(RecordLimit.text)))
    }
}

extension LinkRecord {
    /// Bytes in the journal, at most: JSON makes two of a slash.
    var journalSize: Int {
        let layers = (chain ?? []).reduce(0) { $0 + 40 + $1.wrapper.utf8.count + 2 * ($1.url?.utf8.count ?? 0) }
        return 240 + part.utf8.count + 2 * (url.utf8.count + (reason?.utf8.count ?? 0) + layers)
    }
}

extension AttachmentRecord {
    /// Bytes in the journal, at most: JSON makes six of a control.
    var journalSize: Int {
        let texts = [name, safeName, type, unscannable].compactMap { $0?.utf8.count } + [mediaType.utf8.count]
        let lists = ((mismatch ?? []) + (findings ?? [])).map { $0.utf8.count + 4 }
        return 480 + part.utf8.count + 6 * (texts + lists).reduce(0, +)
    }
}

extension MessageRecord {
    init(_ message: ReceivedMessage, reference: MessageReference, stamp: String, at time: Int64) {
        self.init(
            reference: reference, stamp: stamp, at: time, queueID: message.queueID.description,
            sender: message.envelope.sender.text, recipients: message.envelope.recipients.map(\.text),
            size: message.size, rewriting: .unchanged)
        client = message.client
        login = message.login
    }

    /// Takes over what the header section says; after `take(_:_:)`, because of our own users' mail more is kept.
    mutating func describe(_ header: HeaderSection, in bytes: [UInt8]) {
        func read(_ name: HeaderFieldName) -> String? {
            guard let value = header.value(name, in: bytes)?.prefix(RecordLimit.field) else { return nil }
            let text = EncodedWords.decode(value).kept
            return text.isEmpty ? nil : text
        }
        messageID = read("Message-ID")
        author = read("From")
        subject = read("Subject")
        takeAnswers(header, in: bytes)
    }

    /// Takes over what is known before the message is looked into.
    mutating func take(_ mail: MailContext, _ policy: Policy) {
        direction = mail.direction.rawValue
        self.policy = policy.name
        if !mail.results.isEmpty { authentication = mail.results.map(\.description) }
    }

    /// Takes over which messages it answers or forwards (RFC 5322, section 3.6.4), when it comes from inside.
    private mutating func takeAnswers(_ header: HeaderSection, in bytes: [UInt8]) {
        guard direction != MailDirection.inbound.rawValue else { return }
        var ids: [String] = []
        for name in [HeaderFieldName("In-Reply-To"), "References"] {
            let value = header.value(name, in: bytes)?.prefix(RecordLimit.field) ?? []
            let found = MessageIDs.all(in: value).suffix(RecordLimit.answers)
            for id in found where !ids.contains(id) { ids.append(id) }
        }
        if !ids.isEmpty { answers = ids }
    }

    /// Takes over what the parts hold.
    mutating func take(_ parts: PartInspection) {
        links = parts.links
        attachments = parts.attachments
        rewriting = parts.changesNothing ? .unchanged : .rewritten
        if !parts.reasons.isEmpty { reason = parts.reasons.joined(separator: ", ") }
        let known = (links.compactMap(\.verdict) + attachments.compactMap(\.verdict)).compactMap(
            Verdict.init(rawValue:))
        verdict = known.max()?.rawValue
    }

    /// One more reason, once.
    mutating func note(_ reason: String) {
        let reasons = self.reason.map { [$0] } ?? []
        if !reasons.contains(where: { $0.hasSuffix(reason) }) {
            self.reason = (reasons + [reason]).joined(separator: ", ")
        }
    }

    /// The message goes on as it came.
    mutating func pass(_ reason: String) {
        rewriting = .passed
        self.reason = reason
        for index in links.indices where links[index].rewritten || links[index].removed == true {
            links[index].rewritten = false
            links[index].removed = nil
            links[index].reason = reason
        }
    }
}
