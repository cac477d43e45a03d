// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import URLSyntax

@Suite struct DomainTests {
    @Test func `each character that we drop is one that IDNA drops`() {
        for value in IgnoredScalars.ranges.joined() {
            let name = "ab".replacing("b", with: "\(Unicode.Scalar(value).map(String.init) ?? "")b")
            #expect(name.utf8.count > 2)
            #expect(Domain.ascii(Array(name.utf8)) == Array("ab".utf8), "U+\(String(value, radix: 16))")
        }
    }

    @Test(arguments: ["\u{AD}", "\u{200B}", "\u{FEFF}", "\u{FE0F}", "\u{E0100}"])
    func `a host may be padded with what browsers drop`(filler: String) throws {
        let padding = String(repeating: filler, count: 20_000)
        let url = try WebURL.parse(Array("https://ev\(padding)il.ex\(padding)ample/x".utf8))
        #expect(url.serialized.text == "https://evil.example/x")
    }

    @Test(arguments: [(63, true), (64, true), (255, true), (256, false), (2_000, false)])
    func `a label over the limit is refused, whatever stands around it`(count: Int, isRead: Bool) {
        let name = String(repeating: "\u{4E2D}", count: count)
        for host in [name, "a.\(name).example", "\(name)." + String(repeating: "\u{E9}.", count: 200) + "example"] {
            #expect(((try? WebURL.parse(Array("https://\(host)/".utf8))) != nil) == isRead)
        }
    }

    @Test(arguments: [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"])
    func `a host may have many labels, whatever the dots`(dot: String) {
        let label = String(repeating: "\u{4E2D}", count: 255) + dot
        #expect((try? WebURL.parse(Array("https://\(String(repeating: label, count: 50))example/".utf8))) != nil)
        #expect(throws: URLSyntaxError.host) {
            try WebURL.parse(Array("https://\(String(repeating: label, count: 50))\u{4E2D}\(label)/".utf8))
        }
    }

    @Test(arguments: [(42, true), (43, false)])
    func `what one character becomes counts, not how it is written`(count: Int, isRead: Bool) {
        let name = String(repeating: "\u{3316}", count: count)  // a square that stands for six letters
        #expect(((try? WebURL.parse(Array("https://\(name).example/".utf8))) != nil) == isRead)
    }

    @Test func `letters may come decomposed as far as a label of the DNS goes`() throws {
        let name = String(repeating: "a\u{308}\u{304}", count: 59)
        let whole = String(repeating: "\u{1DF}", count: 59)
        let url = try WebURL.parse(Array("https://\(name).example/".utf8))
        #expect(url == (try WebURL.parse(Array("https://\(whole).example/".utf8))))
    }

    @Test func `ten thousand of the dearest hosts take no minute`() {
        let dear = String(repeating: "\u{4E2D}\u{E9}\u{1F600}", count: 85)
        let url = Array("https://\(dear).example/".utf8)
        let time = ContinuousClock().measure { for _ in 0..<10_000 { _ = try? WebURL.parse(url) } }
        #expect(time < .seconds(60))
    }
}
