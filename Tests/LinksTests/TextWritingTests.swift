// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import URLSyntax

@testable import Links

/// How a rewritten link is written into text.
struct TextWritingTests {
    private static let own = Array("https://click.example.org/to/a.example/AQIDBA-_x".utf8)

    private func rewritten(_ text: String, as format: LinkFormat) throws -> String {
        let bytes = Array(text.utf8)
        let scan = PartLinks.scan(bytes, as: format, charset: .utf8, limits: LinkLimits())
        return try scan.candidates.map { $0.patch(rewrittenURL: Self.own) }.applied(to: bytes).text
    }

    @Test(arguments: ["\r\n", "\n"]) func `a rewritten calendar is folded at 75 octets with its own line ends`(
        end: String
    ) throws {
        let long = String(repeating: "x", count: 40)
        let lines = [
            "BEGIN:VCALENDAR", "URL:http://a.example/\(long)",
            "DESCRIPTION:Join \(long)\\nhttp://a.example/2 or \(long.prefix(10))",
            "X-ALT-DESC;FMTTYPE=text/html:<a href=\"http://a.example/3\">\u{E9}\u{E9}\u{E9}\u{E9}</a>", "END:VCALENDAR",
            "",
        ]
        let text = try rewritten(lines.joined(separator: end), as: .calendar)
        let folded = Array(text.utf8).split(separator: .lineFeed, omittingEmptySubsequences: false)
        for line in folded { #expect(line.filter { $0 != .carriageReturn }.count <= 75, "\(line.text)") }
        #expect(text.utf8.count { $0 == 0x0D } == (end == "\n" ? 0 : folded.count - 1))
        let again = PartLinks.scan(Array(text.utf8), as: .calendar, charset: .utf8, limits: LinkLimits())
        #expect(again.candidates.map(\.target) == [Self.own, Self.own, Self.own])
    }

    @Test func `a line that was too long before is left so`() throws {
        let line = "DESCRIPTION:" + String(repeating: "word ", count: 40) + "http://a.example/1 end"
        let text = try rewritten(line, as: .calendar)
        #expect(text == line.replacing("http://a.example/1", with: Self.own.text))
    }

    @Test func `a link that does not fit into the line begins the next one`() throws {
        // Else whoever shows the calendar as it stands could take half a host name for the link.
        let text = try rewritten("DESCRIPTION:\(String(repeating: "x", count: 40)) http://a.example/1", as: .calendar)
        #expect(text == "DESCRIPTION:\(String(repeating: "x", count: 40)) \r\n \(Self.own.text)")
    }

    @Test func `no fold divides the host that a link shows`() throws {
        let host = "\(String(repeating: "a", count: 40)).example.org"
        let link = "https://click.example.org/to/\(host)/\(String(repeating: "T", count: 120))"
        let bytes = Array("URL:http://a.example/1".utf8)
        let scan = PartLinks.scan(bytes, as: .calendar, charset: .utf8, limits: LinkLimits())
        let text = try scan.candidates.map { $0.patch(rewrittenURL: Array(link.utf8)) }.applied(to: bytes).text
        #expect(text.contains("/\(host)/") && text.replacing("\r\n ", with: "") == "URL:\(link)")
        let shown = PartLinks.scan(Array(text.utf8), as: .plain(flow: nil), charset: .utf8, limits: LinkLimits())
        #expect(shown.candidates.map(\.url.hostBytes.text) == ["click.example.org"])
    }

    @Test func `no fold makes a link of what stands behind one`() throws {
        let link = Array("https://click.example.org/to/a.example/\(String(repeating: "T", count: 120))".utf8)
        let bytes = Array("X:http://a.example\\nb\\^\\\\c\\d \(String(repeating: "x", count: 60))".utf8)
        let scan = PartLinks.scan(bytes, as: .calendar, charset: .utf8, limits: LinkLimits())
        #expect(!scan.isAmbiguous && scan.candidates.count == 1)
        let text = try scan.candidates.map { $0.patch(rewrittenURL: link) }.applied(to: bytes)
        let again = PartLinks.scan(text, as: .calendar, charset: .utf8, limits: LinkLimits())
        #expect(again.removals.isEmpty, "\(text.text)")
    }

    @Test func `what another reading cuts off a dangerous link stands there once`() throws {
        let bytes = Array("X:\\\\b.example\\a.http://c.example".utf8)
        let scan = PartLinks.scan(bytes, as: .calendar, charset: .utf8, limits: LinkLimits())
        let text = try scan.removals.map(\.patch).applied(to: bytes).text
        #expect(text.ranges(of: "c.example").count + text.ranges(of: "c[.]example").count == 1, "\(text)")
    }

    @Test func `the lines around a flowed link stay`() throws {
        let text = "> before  \r\n> http://a.example/ \r\n> 1 after \r\n> it\r\n-- \r\nname\r\n"
        let after = try rewritten(text, as: .plain(flow: TextFlow(deletesSpace: true)))
        #expect(after == "> before  \r\n> \(Self.own.text) after \r\n> it\r\n-- \r\nname\r\n")
    }
}

/// Links that join meetings.
struct MeetingLinkTests {
    @Test(arguments: [
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%7d",
        "https://teams.live.com/meet/9312345678?p=x", "https://us02web.zoom.us/j/123456789?pwd=x",
        "https://zoom.us/my/name",
        "https://company.webex.com/company/j.php?MTID=m1", "https://company.webex.com/meet/name",
        "https://meet.google.com/abc-defg-hij", "https://meet.goto.com/123456789",
        "https://global.gotomeeting.com/join/123456789", "https://meet.jit.si/Room", "https://join.skype.com/AbC",
        "https://facetime.apple.com/join#v=1&p=x",
    ]) func `a link that joins a meeting is known`(url: String) throws {
        #expect(MeetingLink.isMeetingJoin(try WebURL.parse(Array(url.utf8))))
    }

    @Test(arguments: [
        "http://teams.microsoft.com/l/meetup-join/x", "https://teams.microsoft.com/l/file/x",
        "https://zoom.us/rec/share/x",
        "https://zoom.us.evil.example/j/1", "https://evilzoom.us/j/1", "https://zoom.us@evil.example/j/1",
        "https://u@zoom.us/j/1", "https://zoom.us:8443/j/1", "https://meet.google.com/",
        "https://meet.google.com/linkredirect/x", "https://meet.google.com/linkredirect?dest=evil.example",
        "https://meet.google.com/%6Cinkredirect?dest=x", "https://zoom.us/j/1?u=https%3A%2F%2Fevil.example",
        "https://zoom.us/j/1#https%253A%255C%255Cevil.example",
        "https://zoom.us/j/", "https://meet.jit.si/a/b", "https://example.com/j/1", "https://example.com/j.php",
    ]) func `others are links like any other`(url: String) throws {
        #expect(!MeetingLink.isMeetingJoin(try WebURL.parse(Array(url.utf8))))
    }
}
