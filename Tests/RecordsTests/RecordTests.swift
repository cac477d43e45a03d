// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Records
import Testing

@Suite struct RecordTests {
    /// The published form: readers outside this project rely on these names.
    private let message = #"""
        {"at":1700000000000,"attachments":[{"mediaType":"application/pdf","name":"invoice.pdf","part":"2","sha256":"00","size":7}],"author":"A <a@example.org>","links":[{"ordinal":0,"part":"1.2","place":"html","rewritten":true,"url":"https://example.com/"}],"queueID":"4F1","recipients":["b@example.net"],"reference":"00abcdef01234567","rewriting":"rewritten","sender":"a@example.org","size":1234,"stamp":"00abcdef01234567.ff","type":"message","v":1}
        """#

    @Test func `a message record keeps its published form`() throws {
        let record = try JSONDecoder().decode(MessageRecord.self, from: Data(message.utf8))
        #expect(record.reference == MessageReference(bits: 0x00AB_CDEF_0123_4567))
        #expect(
            record.links == [
                LinkRecord(ordinal: 0, url: "https://example.com/", part: "1.2", place: .html, rewritten: true)
            ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(record), as: UTF8.self) == message)
    }

    @Test func `what the journal keeps is read back as it was, whatever a sender put in it`() throws {
        var record = try JSONDecoder().decode(MessageRecord.self, from: Data(message.utf8))
        #expect(try JSONDecoder().decode(MessageRecord.self, from: Data(record.json)) == record)
        record.subject = "\u{0}\u{1F}\r\n\t\"\\ \u{2028} \u{FFFD} \u{1F480} </script>"
        record.messageID = "<\"@example.org>"
        record.answers = ["\"a@b", "c@d"]
        record.reason = ""
        record.recipients = []
        record.links.append(
            LinkRecord(
                ordinal: 1, url: "https://b.example/", part: "", place: .text, rewritten: false, reason: "exempt"))
        record.attachments.append(AttachmentRecord(part: "3", name: nil, mediaType: "a/b", size: 0, sha256: "ff"))
        #expect(try JSONDecoder().decode(MessageRecord.self, from: Data(record.json)) == record)
        #expect(!record.json.contains(0x0A))
    }

    @Test func `a record with a damaged reference is refused`() {
        let damaged = message.replacingOccurrences(of: "00abcdef01234567\",\"rew", with: "00abcdef0123456\",\"rew")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(MessageRecord.self, from: Data(damaged.utf8)) }
    }

    @Test func `a click record comes back as it was`() throws {
        let click = ClickRecord(
            id: "0123456789abcdef", at: 1, reference: MessageReference(bits: 1), ordinal: 2, recipient: 0,
            url: "https://example.com/", outcome: .warned, verdict: "suspicious", indicators: [7], method: "GET",
            client: "192.0.2.1", userAgent: nil)
        #expect(try JSONDecoder().decode(ClickRecord.self, from: JSONEncoder().encode(click)) == click)
    }
}
