// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import URLSyntax

@testable import Links

/// Text twice as long takes at most 2.3 times as long, whatever a sender makes of it.
@Suite(.serialized) struct TextLinearTests {
    struct Family: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var format: LinkFormat
        var piece: String

        init(_ name: String, _ format: LinkFormat, _ piece: String) {
            testDescription = name
            self.format = format
            self.piece = piece
        }
    }

    private static let flowed = LinkFormat.plain(flow: TextFlow(deletesSpace: true))
    private static let plain = LinkFormat.plain(flow: nil)
    static let families = [
        Family("one line of words", plain, "word "), Family("www.", plain, "www."),
        Family("wrong labels", plain, "www.xn--é"), Family("labels in both directions", plain, "www.é.1.א"),
        Family("hosts in both directions", plain, "http://1.éwww.א.a.b.c.d.e "),
        Family("opened brackets", plain, "((("),
        Family("names", plain, "a.b-c.com "), Family("one name without end", plain, "a."),
        Family("UNC paths", plain, "\\\\a"),
        Family("links in open brackets", plain, "<http://a.example/\r\n"),
        Family("brackets over lines", plain, "<http://a.b\r\nx\r\n"),
        Family("soft line breaks", flowed, "a.b/ \r\n"),
        Family("a link over soft line breaks", flowed, "http://a.b \r\n>"),
        Family("quote marks", flowed, ">>> \r\n"), Family("folds", .calendar, "\r\n "),
        Family("folded links", .calendar, "http://a\r\n .b/"),
        Family("escapes", .calendar, "\\\\n"), Family("markup in lines", .calendar, "A:<a href=x>\r\n"),
        Family("markup in one line", .calendar, "<a href=//b>"), Family("commands", .enriched, "<bold>"),
        Family("parameters", .enriched, "<param>"),
        Family("values in quoted-printable", .calendar, "A;quoted-printable:=\n=3D"),
        Family("schemes of the desktop", plain, "ms-"), Family("file shares", plain, "file://"),
    ]

    @Test(arguments: families) func `a flood of twice the size takes no more than 2.3 times as long`(family: Family) {
        #expect(
            Self.ratio { size in
                let bytes = Array(String(repeating: family.piece, count: size / family.piece.utf8.count).utf8)
                return Self.time { _ = PartLinks.scan(bytes, as: family.format, charset: .utf8, limits: LinkLimits()) }
            } <= 2.3)
    }

    @Test func `a nest of wrappers of twice the size takes no more than 2.3 times as long`() throws {
        let wrapped = "https://linkprotect.cudasvc.com/url?a=https://www.google.com/url?q=http://a.example/"
        #expect(
            Self.ratio { size in
                guard let url = try? WebURL.parse(Array((wrapped + String(repeating: "%25", count: size / 3)).utf8))
                else { return .zero }
                return Self.time { _ = VendorLinks.unwrap(url) }
            } <= 2.3)
    }

    private static func time(_ work: () -> Void) -> Duration {
        (0..<3).map { _ in
            let start = cpuTime()
            work()
            return cpuTime() - start
        }.min() ?? .zero
    }

    /// Of this thread alone: other work on the machine does not count.
    private static func cpuTime() -> Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The least of a few tries: other work on the machine makes a ratio worse, never better.
    private static func ratio(_ time: (Int) -> Duration) -> Double {
        var best = Double.infinity
        for _ in 0..<5 where best > 2.3 {
            let once = time(40_000)
            best = min(best, time(80_000) / once)
        }
        return best
    }
}
