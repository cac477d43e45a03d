// SPDX-License-Identifier: Apache-2.0

import Mail
import Records
import Verdicts

/// A reference from a small number.
func reference(_ number: UInt64) -> MessageReference { MessageReference(bits: number) }

/// A message with these links and attachments' digests, to `to@example.net` and others.
func message(
    _ number: UInt64, at: Int64 = 1_000, links: [String] = [], files: [String] = [],
    recipients: [String] = ["to@example.net"]
) -> MessageRecord {
    var record = MessageRecord(
        reference: reference(number), stamp: "stamp-\(number)", at: at, queueID: "Q\(number)",
        sender: "from@example.org",
        recipients: recipients, size: 5_000, rewriting: .rewritten)
    record.links = links.enumerated().map { ordinal, url in
        LinkRecord(ordinal: ordinal, url: url, part: "1.2", place: .html, rewritten: true)
    }
    record.attachments = files.enumerated().map { number, digest in
        AttachmentRecord(
            part: "\(number + 2)", name: "bill-\(number).pdf", mediaType: "application/pdf", size: 99, sha256: digest)
    }
    return record
}

/// A click on a link of a message.
func click(
    _ number: UInt64, on url: String, of message: UInt64, at: Int64 = 2_000, recipient: Int = 1,
    outcome: ClickRecord.Outcome = .allowed
) -> ClickRecord {
    ClickRecord(
        id: reference(number).description, at: at, reference: reference(message), ordinal: 0, recipient: recipient,
        url: url,
        outcome: outcome, verdict: "unknown", indicators: [], method: "GET", client: "192.0.2.1", userAgent: "Test/1.0")
}

/// An indicator as it comes from an administrator.
func indicator(
    _ value: String, _ kind: Indicator.Kind = .url, _ verdict: Verdict = .malicious, source: String = "admin",
    at: Int64 = 3_000, expiresAt: Int64? = nil
) throws -> Indicator {
    Indicator(
        number: 0, kind: kind, pattern: try IndicatorPattern.pattern(of: kind, value: value), value: value,
        verdict: verdict,
        source: source, reason: nil, createdAt: at, expiresAt: expiresAt)
}

/// A digest of one digit.
func digest(_ digit: Character) -> String { String(repeating: digit, count: 64) }
