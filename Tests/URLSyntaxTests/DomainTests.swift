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

    @Test func `a host over the limit is refused`() {
        let name = String(repeating: "\u{4E2D}", count: 2_000)
        #expect(throws: URLSyntaxError.host) { try WebURL.parse(Array("https://\(name).example/".utf8)) }
    }
}
