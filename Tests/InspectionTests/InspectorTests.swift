// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Inspection
import LinkTokens
import Mail
import Records
import Testing

@Suite struct InspectorTests {
    private func bytes(_ text: String) -> [UInt8] {
        text.utf8.flatMap { $0 == .lineFeed ? [.carriageReturn, .lineFeed] : [$0] }
    }

    @Test func `the record names envelope, sizes and stamp`() throws {
        let message = bytes("From: a@example.com\nMessage-ID: <1@example.com>\n\nhttps://example.com/\n")
        let record = try Site.inspect(message).record
        #expect(record.reference == Site.reference)
        #expect(record.at == Site.time)
        #expect(record.queueID == "4XyZ")
        #expect(record.sender == "desk@example.com")
        #expect(record.recipients == ["victim@example.net"])
        #expect(record.client == "192.0.2.7")
        #expect(record.size == message.count)
        #expect(record.messageID == "<1@example.com>")
        #expect(record.subject == nil)
        #expect(try Stamp.verified(Array(record.stamp.utf8), by: Site.keys()) == Site.reference)
    }

    @Test func `a token holds the target exactly as written, the ordinal, the recipient and the day`() throws {
        let message = bytes("\n<HTTPS://EXAMPLE.com:443/%7e/./a?b=c#D> https://two.example/\n")
        let wrapped = try wrappedLinks(in: Site.inspect(message).bytes)
        #expect(wrapped.map(\.token.target.text) == ["HTTPS://EXAMPLE.com:443/%7e/./a?b=c#D", "https://two.example/"])
        #expect(wrapped.map(\.token.ordinal) == [0, 1])
        #expect(wrapped.map(\.token.recipient) == [1, 1])
        #expect(wrapped.map(\.token.day) == [2196, 2196])
        let several = try wrappedLinks(in: Site.inspect(message, recipients: ["a@example.net", "b@example.net"]).bytes)
        #expect(several.map(\.token.recipient) == [0, 0])
    }

    @Test func `stamps are removed from the last to the first before ours is inserted`() throws {
        let inspected = try Site.inspect(bytes("X-Rearguard-Id: a\nA: b\nx-rearguard-id: c\n\nbody"))
        #expect(
            inspected.modifications == [
                .changeField(.stamp, occurrence: 2, value: nil), .changeField(.stamp, occurrence: 1, value: nil),
                .insertField(HeaderField(name: .stamp, value: Array(inspected.record.stamp.utf8))),
            ])
    }

    @Test(arguments: [(1, false), (6, true)])
    func `a message that clients read differently is held when it is too large to be copied`(size: Int, isHeld: Bool)
        throws
    {
        let head = """
            Content-Type: multipart/mixed; boundary=a
            Content-Type: multipart/mixed; boundary=b

            --a
            Content-Type: text/html

            <a href="http://one.example/">x</a>
            --b
            Content-Type: text/html

            <a href="http://two.example/">y</a>
            --b--
            --a
            Content-Type: application/octet-stream


            """
        let line = String(repeating: "A", count: 76) + "\n"
        let file = String(repeating: line, count: size * 1_024 * 1_024 / 77)
        let inspected = try Site.inspect(bytes(head + file + "--a--\n"))
        #expect(inspected.record.links.map(\.rewritten) == [true, true])
        #expect(inspected.record.disposition == (isHeld ? "hold" : nil))
    }

    @Test func `a link of ours stays and stands for its target`() throws {
        let first = try Site.inspect(bytes("\nhttps://one.example/\n"))
        let second = try Site.inspect(first.bytes)
        #expect(
            second.record.links == [
                LinkRecord(
                    ordinal: 0, url: "https://one.example/", part: "", place: .text, rewritten: false, reason: "own")
            ])
    }

    @Test func `a link that only looks like ours is rewritten`() throws {
        let forged = "https://click.example.org/to/one.example/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        let record = try Site.inspect(bytes("\n\(forged)\n")).record
        #expect(record.links.map(\.rewritten) == [true])
    }

    @Test(arguments: [
        "http://www=2Eexample/ x", "http://word(s).example", "http://a.example:99x", "http://a.example&#8203;b",
    ])
    func `what is glued to a link in text is no part of its token`(text: String) throws {
        let first = try Site.inspect(bytes("\n\(text)\n"))
        #expect(first.record.links.map(\.rewritten) == [true])
        let second = try Site.inspect(first.bytes)
        #expect(second.record.links.map(\.reason) == ["own"])
        #expect(second.record.links.map(\.url) == first.record.links.map(\.url))
    }

    @Test(arguments: ["{}(www.evil.example/x", "{}?q=|www.evil.example/x", "{}){}(www.evil.example/x"])
    func `a link of ours in text that hides another one is rewritten`(text: String) throws {
        let own = try #require(wrappedLinks(in: Site.inspect(bytes("\nhttps://one.example/\n")).bytes).first).url.text
        let delivered = try Site.inspect(bytes("\n\(text.replacing("{}", with: own))\n"))
        #expect(delivered.record.links.map(\.rewritten) == [true])
        #expect(!delivered.body.text.contains("evil.example"))
        let user = own.replacing("https://", with: "https://www.evil.example|x@")
        #expect(try Site.inspect(bytes("\n\(user)\n")).record.links.map(\.rewritten) == [true])
    }

    @Test func `links of ours glued together stay`() throws {
        let own = try #require(wrappedLinks(in: Site.inspect(bytes("\nhttps://one.example/\n")).bytes).first).url.text
        #expect(try Site.inspect(bytes("\n\(own)=\(own)(\(own)).\n")).record.links.map(\.reason) == ["own"])
        let many = String(repeating: "\(own)=", count: 100)
        #expect(try Site.inspect(bytes("\n\(many)\n")).record.links.map(\.reason) == ["limit: url length"])
    }

    @Test func `a scheme that is not of the web is recorded and loses its target, unless it is harmless`() throws {
        let message = bytes("Content-Type: text/html\n\n<a href='javascript:alert(1)'>x</a><a href='mailto:a@b'>y</a>")
        let record = try Site.inspect(message).record
        #expect(record.links.map(\.reason) == ["scheme: javascript"])
        #expect(record.links.map(\.removed) == [true])
        #expect(record.rewriting == .rewritten)
    }

    @Test func `too many links pass the message on, with what was found`() throws {
        var policy = Policy()
        policy.onLimit = .pass
        var limits = InspectionLimits()
        limits.links = 2
        let delivered = try Site.inspect(
            bytes("\nhttps://a.example https://b.example https://c.example\n"), policy: policy, limits: limits)
        #expect(delivered.record.rewriting == .passed)
        #expect(delivered.record.reason == "limit: links")
        #expect(delivered.record.links.map(\.reason) == ["limit: links", "limit: links"])
        #expect(!delivered.replacesBody)
    }

    @Test func `a message that was not kept whole is passed on`() throws {
        var message = Site.received(bytes("Subject: big\n\nhttps://a.example/\n"))
        message.omitted = 5
        let inspected = try Site.inspector(Policy())
            .inspect(message, reference: Site.reference, at: Site.time)
        #expect(inspected.record.reason == "limit: message size")
        #expect(inspected.record.subject == "big")
        #expect(inspected.record.size == message.bytes.count + 5)
        #expect(inspected.modifications.count == 1)
    }

    @Test func `text sent as an attachment is rewritten unless the policy says otherwise`() throws {
        let message = bytes("Content-Disposition: attachment; filename=a.txt\n\nhttps://a.example/\n")
        #expect(try Site.inspect(message).record.rewriting == .rewritten)
        var policy = Policy()
        policy.parts.remove(.attached)
        let record = try Site.inspect(message, policy: policy).record
        #expect(record.links.map(\.reason) == ["attachment"])
        #expect(record.attachments.count == 1)
    }

    @Test func `a body that does not begin where the header section ends is passed on`() throws {
        var message = Site.received(bytes("A: b\n\nhttps://a.example/\n"))
        message.bodyStart = message.bytes.count
        let inspected = try Site.inspector(Policy())
            .inspect(message, reference: Site.reference, at: Site.time)
        #expect(inspected.record.rewriting == .passed)
        #expect(inspected.record.reason == "fault: patches")
    }

    @Test(arguments: [[], Array("\r\n".utf8), Array("a".utf8), [0, 1, 2, 0xFF]])
    func `the smallest messages get a stamp`(
        message: [UInt8]
    ) throws {
        #expect(try Site.inspect(message).record.rewriting == .unchanged)
    }

    @Test func `a subject of a megabyte is cut for the record`() throws {
        let message = bytes("Subject: \(String(repeating: "s", count: 1_000_000))\n\n")
        #expect(try Site.inspect(message).record.subject?.count == 1_000)
    }

    @Test func `a record that would not fit the journal passes the message on`() throws {
        let base = "http://a.example/" + String(repeating: "/", count: 4_000)
        let links = String(repeating: "<a href=x>", count: 3_000)
        let record = try Site.inspect(bytes("Content-Type: text/html\n\n<base href='\(base)'>\(links)")).record
        #expect(record.rewriting == .passed)
        #expect(record.reason == "limit: record size")
        #expect(record.links.count > 1_000)
        #expect(try JSONEncoder().encode(record).count < 16 * 1_024 * 1_024)
    }

    @Test func `a name of one character and a megabyte of accents is cut for the record`() throws {
        let accents = String(repeating: "\u{301}", count: 300_000)
        let message = bytes("Content-Type: image/png; name=\"a\(accents)\"\n\nx")
        #expect(try Site.inspect(message).record.attachments.map { $0.name?.unicodeScalars.count } == [1_000])
    }
}
