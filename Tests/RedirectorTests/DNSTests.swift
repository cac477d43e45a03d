// SPDX-License-Identifier: Apache-2.0

import Bytes
import Records
import Synchronization
import Testing
import URLSyntax
import Verdicts
import Web

@testable import Redirector

@Suite struct DNSTests {
    /// A resolver in memory: what it answers by name, and how often it was asked.
    final class Resolver: Sendable {
        struct State {
            var answers: [String: [[UInt8]]] = [:]
            var isSilent = false
            var questions: [String] = []
        }
        let state = Mutex(State())

        func set(_ name: String, _ address: [UInt8]) {
            state.withLock { $0.answers[name, default: []].append(address) }
        }

        func exchange(_ question: [UInt8]) -> [UInt8]? {
            let name = Self.name(question)
            return state.withLock { state in
                state.questions.append(name)
                guard !state.isSilent else { return nil }
                var out = question
                guard let addresses = state.answers[name] else {
                    out[2] |= 0x80
                    out[3] = 0x83
                    return out
                }
                out[2] |= 0x80
                out[7] = UInt8(addresses.count)
                for address in addresses { out += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + address }
                return out
            }
        }

        private static func name(_ question: [UInt8]) -> String {
            var rest = question.dropFirst(12)
            var labels: [String] = []
            while let size = rest.popFirst(), size > 0 {
                labels.append(rest.prefix(Int(size)).text)
                rest = rest.dropFirst(Int(size))
            }
            return labels.joined(separator: ".")
        }
    }

    private func lookup(_ resolver: Resolver, lists: [String] = ["dbl.spamhaus.org"]) -> DNSLookup {
        DNSLookup(
            lists: lists.compactMap { DNSList($0) },
            exchange: { question, _, accepts in
                resolver.exchange(question).flatMap { accepts($0) ? $0 : nil }
            })
    }

    private func url(_ text: String) throws -> WebURL { try WebURL.parse(Array(text.utf8)) }

    @Test(
        arguments: [
            ("dbl.spamhaus.org", [127, 0, 1, 4], ClickPolicy.Grade.block), ("dbl.spamhaus.org", [127, 0, 1, 2], .warn),
            ("dbl.spamhaus.org", [127, 0, 1, 103], .warn), ("multi.surbl.org", [127, 0, 0, 8], .block),
            ("multi.surbl.org", [127, 0, 0, 68], .warn), ("multi.uribl.com", [127, 0, 0, 2], .warn),
            ("zrd x.zrd.dq.spamhaus.net", [127, 0, 2, 5], .warn),
        ] as [(String, [UInt8], ClickPolicy.Grade)])
    func `a listed domain gives a reason with its grade`(list: String, address: [UInt8], grade: ClickPolicy.Grade)
        async throws
    {
        let resolver = Resolver()
        let zone = String(list.split(separator: " ").last ?? "")
        resolver.set("evil.example.\(zone)", address)
        let result = await lookup(resolver, lists: [list]).reasons([try url("https://evil.example/x")], at: 0)
        guard case .dnsList(zone, grade, _)? = result.reasons.first else {
            Issue.record("\(result)")
            return
        }
        #expect(!result.isIncomplete)
    }

    @Test(arguments: [
        ("multi.surbl.org", "evil.co.uk"), ("multi.uribl.com", "evil.co.uk"),
        ("dbl.spamhaus.org", "www.login.evil.co.uk"),
    ])
    func `each list is asked for what it has: registrable domains, or hosts`(list: String, name: String) async throws {
        let resolver = Resolver()
        let urls = [try url("https://www.login.evil.co.uk/"), try url("http://www.login.evil.co.uk/b")]
        _ = await lookup(resolver, lists: [list]).reasons(urls, at: 0)
        #expect(resolver.state.withLock(\.questions) == ["\(name).\(list)"])
    }

    @Test(
        arguments: [
            ("dbl.spamhaus.org", [127, 255, 255, 252]), ("dbl.spamhaus.org", [127, 255, 255, 254]),
            ("dbl.spamhaus.org", [127, 255, 255, 255]), ("dbl.spamhaus.org", [127, 0, 1, 255]),
            ("multi.surbl.org", [127, 0, 0, 1]), ("multi.uribl.com", [127, 0, 0, 1]),
            // A resolver that answers everything with a page of its own.
            ("multi.surbl.org", [203, 0, 113, 1]), ("dbl.spamhaus.org", [127, 0, 0, 2]),
        ] as [(String, [UInt8])]) func `a list's error is never a listing`(list: String, address: [UInt8]) async throws
    {
        let resolver = Resolver()
        resolver.set("good.example.\(list)", address)
        let result = await lookup(resolver, lists: [list]).reasons([try url("https://good.example/")], at: 0)
        #expect(result.reasons.isEmpty)
    }

    @Test func `a list that fails five times is left alone, then tried again`() async throws {
        let resolver = Resolver()
        resolver.state.withLock { $0.isSilent = true }
        let lookup = lookup(resolver)
        for index in 0..<10 {
            let result = await lookup.reasons([try url("https://n\(index).example/")], at: 1_000)
            #expect(result.isIncomplete)
        }
        #expect(resolver.state.withLock { $0.questions.count } == 5)
        resolver.state.withLock { $0.isSilent = false }
        let result = await lookup.reasons([try url("https://x.example/")], at: 40_000)
        #expect(!result.isIncomplete && resolver.state.withLock { $0.questions.count } == 6)
    }

    @Test func `answers are remembered for their time, addresses in digits are not asked about`() async throws {
        let resolver = Resolver()
        resolver.set("evil.example.dbl.spamhaus.org", [127, 0, 1, 4])
        let lookup = lookup(resolver)
        for time in [0, 30_000, 70_000] as [Int64] {
            #expect(await lookup.reasons([try url("https://evil.example/")], at: time).reasons.count == 1)
        }
        #expect(resolver.state.withLock { $0.questions.count } == 2)
        #expect(await lookup.reasons([try url("https://203.0.113.1/")], at: 0) == DNSLookup.Result())
        #expect(resolver.state.withLock { $0.questions.count } == 2)
    }

    @Test func `any datagram is read without a trap, and only an answer to the question counts`() throws {
        let question = try #require(DNSMessage.question(Array("a.example".utf8), id: 7))
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = question + (0..<Int.random(in: 0...60, using: &random)).map { _ in .random(in: 0...255) }
            bytes[2] |= 0x80
            bytes[7] = .random(in: 0...20)
            _ = DNSMessage.answer(bytes, to: question)
            let place = Int.random(in: 0..<question.count)
            var other = bytes
            other[place] ^= 0x10
            if [0, 1, 4, 5].contains(place) || place >= 12 { #expect(DNSMessage.answer(other, to: question) == nil) }
        }
        #expect(DNSMessage.question(Array("a..b".utf8), id: 1) == nil)
        #expect(DNSMessage.question([UInt8](repeating: 97, count: 64), id: 1) == nil)
    }

    @Test func `what a list says decides the click, and its silence what the site wants`() async throws {
        let resolver = Resolver()
        resolver.set("evil.example.dbl.spamhaus.org", [127, 0, 1, 4])
        var fixture = try Fixture()
        fixture.policy.rules.noDNSAnswer = .wait
        fixture.lookup = lookup(resolver)
        #expect(try await fixture.answer(try fixture.path(to: "https://evil.example/")).status == 403)
        #expect(try await fixture.answer(try fixture.path(to: "https://good.example/")).status == 302)
        resolver.state.withLock { $0.isSilent = true }
        let pending = try await fixture.answer(try fixture.path(to: "https://other.example/"))
        #expect(pending.status == 200 && pending.body.text.contains("still being checked"))
        #expect(fixture.journal.records.map(\.outcome) == [.blocked, .allowed, .pending])
        #expect(fixture.journal.records[0].reasons == ["dns_list: dbl.spamhaus.org phishing"])
    }
}
