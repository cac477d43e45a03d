// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import URLSyntax

@testable import Links

/// Links of other vendors: `Cases/vendor-links.txt`, one link (<), what its layers are called (>) and what it leads to (=);
/// `?` stands for what only the vendor knows, with the host it hints at behind it.
struct VendorLinksTests {
    struct VendorCase: CustomTestStringConvertible, Sendable {
        var link: String
        var wrappers: [String] = []
        var target: String?

        var testDescription: String { link }

        static func all() throws -> [VendorCase] {
            var cases: [VendorCase] = []
            for line in try Corpus.fixture("vendor-links.txt").split(separator: "\n") {
                let value = String(line.dropFirst(2))
                switch line.first {
                case "<": cases.append(VendorCase(link: value))
                case ">": cases[cases.count - 1].wrappers.append(value)
                case "=": cases[cases.count - 1].target = value
                default: continue
                }
            }
            return cases
        }
    }

    private static func unwrap(_ link: String) throws -> UnwrappedLink? {
        VendorLinks.unwrap(try WebURL.parse(Array(link.utf8)))
    }

    @Test(arguments: try VendorCase.all()) func `a wrapped link is unwrapped`(one: VendorCase) throws {
        let unwrapped = try Self.unwrap(one.link)
        #expect((unwrapped?.layers ?? []).map(\.wrapper) == one.wrappers)
        let target = unwrapped?.target.map { $0.serialized.text }
        let hint = unwrapped?.hostHint.map { " " + $0.text } ?? ""
        let isOpaque = unwrapped != nil && target == nil
        #expect((isOpaque ? "?" + hint : target) == one.target)
    }

    @Test func `every vendor of the table has a case`() throws {
        let named = Set(try VendorCase.all().flatMap(\.wrappers))
        #expect(Set(VendorTable.rows.map(\.name)).subtracting(named) == [])
    }

    @Test func `four layers are deep, and no more than eight are taken off`() throws {
        var link = "http://a.example/"
        for depth in 1...12 {
            link =
                "https://linkprotect.cudasvc.com/url?a=\(link.replacing("%", with: "%25").replacing("&", with: "%26"))"
            let unwrapped = try #require(try Self.unwrap(link))
            #expect(unwrapped.layers.count == min(depth, 8))
            #expect(unwrapped.isDeep == (depth >= 4))
        }
    }

    @Test func `a nest of wrappers costs what it is long`() throws {
        // Each layer doubles what the one before escaped, so a nest of few layers is long already.
        let inner = String(repeating: "%25", count: 40_000)
        let link =
            "https://linkprotect.cudasvc.com/url?a=https://linkprotect.cudasvc.com/url?a=http://a.example/\(inner)"
        let start = ContinuousClock.now
        let unwrapped = try Self.unwrap(link)
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(unwrapped?.layers.count == 2)
    }

    // MARK: The corpus

    private struct Wrapped: Decodable {
        var name: String?
        var service: String?
        var wrapped: String
        var unwrapped: String?
        var percent_decoded: Bool?
    }

    private static func corpus(_ file: String) throws -> [Wrapped] {
        try JSONDecoder().decode([Wrapped].self, from: Corpus.data("url/unwrap/\(file)"))
    }

    @Test(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"))
    func `Proofpoint's links of the corpus are unwrapped`() throws {
        let cases = try Self.corpus("urldefense.part.json")
        #expect(cases.count == 17)
        for one in cases {
            let isBare = !one.wrapped.hasPrefix("http")
            let unwrapped = try Self.unwrap((isBare ? "https://" : "") + one.wrapped)
            let found = (unwrapped?.layers.first?.url).map { $0.text } ?? one.wrapped
            // The corpus' decoder takes one layer of escapes off that were the sender's own.
            let plain = one.percent_decoded == true ? PercentEncoding.decode(Array(found.utf8)).text : found
            #expect(plain == one.unwrapped, "\(one.name ?? "")")
        }
    }

    @Test(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"))
    func `redirectors found in the wild are unwrapped`() throws {
        let exceptions = try Corpus.exceptions("redirector-exceptions.txt")
        let cases = try Self.corpus("real-redirectors.json")
        #expect(cases.count == 199)
        for one in cases {
            guard let url = try? WebURL.parse(Array(one.wrapped.utf8)) else { continue }
            let unwrapped = VendorLinks.unwrap(url)
            let layer = unwrapped?.layers.first.flatMap { $0.url.isEmpty ? nil : $0.url }
            let isRight = Self.normalized(layer?.text) == Self.normalized(one.unwrapped)
            let isException = exceptions.contains { one.wrapped.hasPrefix($0) }
            #expect(isRight != isException, "\(one.wrapped) -> \(layer?.text ?? "nil"), not \(one.unwrapped ?? "nil")")
        }
    }

    private static func normalized(_ link: String?) -> String? {
        guard let link else { return nil }
        return (try? WebURL.parse(Array(link.utf8)))?.serialized.text ?? link
    }

    @Test(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"))
    func `every Safe Link of the corpus leads to what its list of decoded links says`() throws {
        let input = try Self.links(of: "input/encoded-all/list-of-urls-with-lf-eol.txt")
        let output = try Self.links(of: "output/standalone/decoded-list-of-urls-with-lf-eol.txt")
        #expect(input.count == output.count && input.count > 3)
        for (wrapped, plain) in zip(input, output) {
            let unwrapped = try #require(VendorLinks.unwrap(wrapped))
            #expect(unwrapped.target?.serialized.text == plain.serialized.text)
            #expect(unwrapped.layers.first?.wrapper == "Microsoft Safe Links")
        }
    }

    @Test(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"), arguments: ["lf", "crlf"])
    func `a mail full of Safe Links reads like the decoded one`(eol: String) throws {
        let input = try Self.links(of: "input/encoded-all/email-with-angle-brackets-with-\(eol)-eol.txt")
        let output = try Self.links(of: "output/embedded/decoded-email-with-angle-brackets-with-\(eol)-eol.txt")
        let plain = input.map { (VendorLinks.unwrap($0)?.target ?? $0).serialized.text }
        #expect(plain == output.map { $0.serialized.text } && !plain.isEmpty)
    }

    private static func links(of file: String) throws -> [WebURL] {
        let bytes = Array(try Corpus.data("url/unwrap/safelinks-testdata/\(file)"))
        return TextLinks.candidates(in: bytes).candidates.map(\.url)
    }
}
