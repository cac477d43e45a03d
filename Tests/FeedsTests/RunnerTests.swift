// SPDX-License-Identifier: Apache-2.0

import Foundation
import Records
import Store
import Synchronization
import Testing
import Verdicts

@testable import Feeds

/// Runs of feeds from files and from a local server into a store.
struct `Runs of feeds` {
    private let store: TemporaryStore
    private let directory: URL
    private let events = Events()

    final class Events: Sendable {
        private let kept = Mutex<[FeedEvent]>([])
        var all: [FeedEvent] { kept.withLock(\.self) }
        func add(_ event: FeedEvent) { kept.withLock { $0.append(event) } }
    }

    final class Clock: Sendable {
        private let held = Mutex<Int64>(1_000_000)
        var now: Int64 { held.withLock(\.self) }
        func advance(_ milliseconds: Int64) { held.withLock { $0 += milliseconds } }
    }

    private let time = Clock()

    init() async throws {
        store = try await TemporaryStore()
        directory = FileManager.default.temporaryDirectory.appending(path: "rearguard-feeds-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = directory.appending(path: name).path(percentEncoded: false)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func runner(_ sources: [FeedSource], own: [String] = []) -> FeedRunner {
        FeedRunner(
            sources: sources, ownDomains: own, database: store,
            spool: directory.appending(path: "spool").path(percentEncoded: false), now: { [time] in time.now },
            tell: { [events] in events.add($0) })
    }

    private func source(_ format: FeedFormat, _ location: String, name: String = "feed") -> FeedSource {
        FeedSource(name: name, format: format, location: location)
    }

    private func standing() async throws -> [String] {
        try await store.read { [time] transaction in
            try IndicatorStore.live(at: time.now, limit: 5_000, in: transaction).map { "\($0.pattern) \($0.verdict)" }
                .sorted()
        }
    }

    private func row(_ name: String = "feed") async throws -> FeedRow {
        try #require(try await store.read { try FeedStore.row(name, in: $0) })
    }

    private func alerts() async throws -> [AlertRow] {
        try await store.read { try AlertStore.list(limit: 50, in: $0) }
    }

    @Test func `a list is put in force, and what it lists no more is withdrawn`() async throws {
        let path = try file("list", "evil.example\nb.example\nnot a domain\n\n")
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        #expect(try await standing() == ["b.example/ malicious", "evil.example/ malicious"])
        #expect(try await row().badLines == 1)
        #expect(try await row().examples.contains("line 3: expected one value, found 3"))
        _ = try file("list", "b.example\nc.example\n")
        try await runner.run("feed")
        #expect(try await standing() == ["b.example/ malicious", "c.example/ malicious"])
        let row = try await row()
        #expect(row.entries == 2 && row.added == 1 && row.removed == 1 && row.problem == nil)
        #expect(
            events.all == [
                .ran("feed", entries: 2, added: 2, removed: 0, bad: 1),
                .ran("feed", entries: 2, added: 1, removed: 1, bad: 0),
            ])
        #expect(try await store.read { try FeedItems.difference(of: "feed", isWhole: true, at: 1, in: $0).listed } == 0)
    }

    private static let packed = [
        "gzip": "H4sIAAAAAAACA0sty8zRS61IzC3ISeVKgrMAzDJDzBcAAAA=",
        "bzip2": "QlpoOTFBWSZTWQJxIJkAAATRgAAQAAEyJkFAIAAxANNNAlQxGn6knaSYN0Np8R1gu5IpwoSAE4kEyA==",
        "xz":
            "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAWABRdADKdiVZgI9Ubvq1/wO3VxQmQlcAAAF5Id4T279QdAAEwFx8GE3wftvN9AQAAAAAEWVo=",
        "zip, in a folder":
            "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAACAAAAZC9QSwMEFAAAAAgA3QZ7XcwyQ8wRAAAAFwAAAAoAAABkL2R1bXAudHh0Sy3LzNFLrUjMLchJ5UqCswBQSwECFAMUAAAAAAAAACEAAAAAAAAAAAAAAAAAAgAAAAAAAAAAABAA/0EAAAAAZC9QSwECFAMUAAAACADdBntdzDJDzBEAAAAXAAAACgAAAAAAAAAAAAAApIEgAAAAZC9kdW1wLnR4dFBLBQYAAAAAAgACAGgAAABZAAAAAAA=",
    ]

    @Test(arguments: packed.keys.sorted()) func `a dump that comes packed is unpacked`(form: String) async throws {
        let path = directory.appending(path: "dump").path(percentEncoded: false)
        try #require(Data(base64Encoded: Self.packed[form] ?? "")).write(to: URL(filePath: path))
        try await runner([source(.domains, path)]).run("feed")
        #expect(try await row().problem == nil)
        #expect(try await standing() == ["b.example/ malicious", "evil.example/ malicious"])
        let spool = directory.appending(path: "spool").path(percentEncoded: false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: spool).isEmpty)
    }

    /// A million empty lines in a few dozen bytes, a gzip file cut in its middle, and a zip with nothing but a folder.
    @Test(arguments: [
        ("bomb", "unpacked more than 100000 bytes"), ("torn", "cannot be unpacked"), ("empty zip", "no file in it"),
    ]) func `a dump that unpacks without end, or not at all, changes nothing`(form: String, problem: String)
        async throws
    {
        let data: Data? =
            switch form {
            case "bomb": Data(base64Encoded: Self.bomb)
            case "torn": Data(base64Encoded: Self.packed["gzip"] ?? "")?.prefix(20)
            // A folder and nothing in it.
            default:
                Data(
                    base64Encoded:
                        "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAACAAAAZC9QSwECFAMUAAAAAAAAACEAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAA7UEAAAAAZC9QSwUGAAAAAAEAAQAwAAAAIAAAAAAA"
                )
            }
        let path = directory.appending(path: "dump").path(percentEncoded: false)
        try #require(data).write(to: URL(filePath: path))
        var feed = source(.domains, path)
        feed.sizeLimit = 100_000
        try await runner([feed]).run("feed")
        let said = try await row().problem
        #expect(said?.contains(problem) == true, "\(said ?? "none")")
        #expect(try await standing() == [])
    }

    private static let bomb = "QlpoOTFBWSZTWfHNDEgACfdAAIEQAAggADDMCapp1aSBW1SQK8XckU4UJDxzQxIA"

    @Test func `a feed runs by its schedule, and sooner when it failed`() async throws {
        var feed = source(.domains, directory.appending(path: "none").path(percentEncoded: false))
        feed.every = .seconds(7_200)
        let runner = runner([feed])
        try await runner.runDue()
        #expect(try await row().problem?.contains("no file that can be read") == true)
        try await runner.runDue()
        #expect(events.all.count == 1)
        time.advance(900_000)
        _ = try file("none", "evil.example\n")
        try await runner.runDue()
        #expect(try await standing() == ["evil.example/ malicious"])
        #expect(try await row().problem == nil)
        time.advance(7_199_999)
        try await runner.runDue()
        #expect(events.all.count == 2)
    }

    @Test func `an unchanged file is not read again, and its entries hold longer`() async throws {
        var feed = source(.domains, try file("list", "evil.example\n"))
        feed.expiresAfter = .seconds(100)
        let runner = runner([feed])
        try await runner.run("feed")
        time.advance(50_000)
        try await runner.run("feed")
        #expect(events.all.count == 1)
        time.advance(60_000)
        #expect(try await standing() == ["evil.example/ malicious"])
        time.advance(40_000)
        #expect(try await standing() == [])
    }

    @Test func `a server is asked only for what is new, and told who asks`() async throws {
        let server = FeedServer()
        server.serve(
            "/list", "http://evil.example/a\n", ["ETag": "\"1\"", "Last-Modified": "Thu, 26 Nov 2026 20:00:00 GMT"])
        try await server.run { origin in
            var feed = source(.urls, "\(origin)/list")
            feed.credential = "Auth-Key: secret"
            let runner = runner([feed])
            try await runner.run("feed")
            #expect(try await standing() == ["evil.example/a malicious"])
            try await runner.run("feed")
            let row = try await row()
            #expect(row.problem == nil && row.etag == "\"1\"" && row.succeededAt == 1_000_000)
        }
        #expect(
            server.asked == [
                "/list Auth-Key: secret",
                "/list If-None-Match: \"1\" If-Modified-Since: Thu, 26 Nov 2026 20:00:00 GMT Auth-Key: secret",
            ])
    }

    @Test func `a redirect is followed, without the secret to another host, and not for ever`() async throws {
        let (server, other) = (FeedServer(), FeedServer())
        try await other.run { elsewhere in
            other.serve("/dump", "evil.example\n")
            server.serve("/list", "", status: 302, ["Location": "\(elsewhere)/dump"])
            server.serve("/round", "", status: 301, ["Location": "/round"])
            try await server.run { origin in
                var feed = source(.domains, "\(origin)/list")
                feed.credential = "Auth-Key: secret"
                try await runner([feed]).run("feed")
                #expect(try await standing() == ["evil.example/ malicious"])
                try await runner([source(.domains, "\(origin)/round", name: "round")]).run("round")
                #expect(try await row("round").problem?.contains("redirects") == true)
            }
        }
        #expect(other.asked == ["/dump"])
    }

    @Test func `too much, an error and silence are failures, and what stood stands on`() async throws {
        let server = FeedServer()
        server.serve("/list", "evil.example\n")
        try await server.run { origin in
            var feed = source(.domains, "\(origin)/list")
            try await runner([feed]).run("feed")
            server.serve("/list", String(repeating: "b.example\n", count: 1_000))
            feed.sizeLimit = 5_000
            try await runner([feed]).run("feed")
            #expect(try await row().problem?.contains("larger than 5000 bytes") == true)
            server.serve("/list", "no", status: 503)
            try await runner([feed]).run("feed")
            #expect(try await row().problem?.contains("answered 503") == true)
            feed.location = "\(origin)/slow"
            feed.timeout = .milliseconds(300)
            try await runner([feed]).run("feed")
            #expect(try await row().problem?.contains("no answer within") == true)
            feed.location = "http://127.0.0.1:1/list"
            try await runner([feed]).run("feed")
            #expect(try await row().problem?.contains("cannot reach") == true)
        }
        #expect(try await standing() == ["evil.example/ malicious"])
    }

    @Test func `half a document is a failure, and withdraws nothing`() async throws {
        let whole = #"{"1":[{"url":"http://evil.example/"}],"2":[{"url":"http://b.example/"}]}"#
        let path = try file("dump", whole)
        let runner = runner([source(.urlhausJSON, path)])
        try await runner.run("feed")
        _ = try file("dump", String(whole.prefix(40)))
        try await runner.run("feed")
        #expect(try await row().problem?.contains("is not whole") == true)
        #expect(try await standing() == ["b.example/ malicious", "evil.example/ malicious"])
    }

    @Test func `a feed that changes most of what it says is held, until somebody releases it`() async throws {
        let path = try file("list", (1...100).map { "h\($0).example\n" }.joined())
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        _ = try file("list", (1...200).map { "h\($0).example\n" }.joined())
        try await runner.run("feed")
        let held = try await row()
        #expect(held.state == .held)
        #expect(held.heldBecause == "100 new entries beside 100 standing ones; the limit is 50 %")
        #expect(try await standing().count == 100)
        let alert = try #require(try await alerts().first)
        #expect(alert.kind == "feed_held" && alert.subject == "feed feed" && alert.joinedBecause != nil)
        time.advance(10_000_000)
        try await runner.runDue()
        #expect(try await standing().count == 100)
        #expect(try await runner.release("feed", by: "ada").status.state == .released)
        try await runner.runDue()
        #expect(try await standing().count == 200)
        #expect(try await row().state == .active)
        await #expect(throws: StoreError.self) { try await runner.release("feed", by: "ada") }
    }

    @Test func `a feed that loses most, or all, is held`() async throws {
        let path = try file("list", (1...100).map { "h\($0).example\n" }.joined())
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        _ = try file("list", (1...49).map { "h\($0).example\n" }.joined())
        try await runner.run("feed")
        #expect(try await row().heldBecause == "51 of 100 entries are gone; the limit is 50 %")
        _ = try file("list", "# maintenance\n")
        _ = try await runner.demand("feed", by: "ada")
        try await runner.runDue()
        #expect(try await row().heldBecause == "it lists nothing any more, 100 entries stand")
        #expect(try await standing().count == 100)
        _ = try await runner.release("feed", by: "ada")
        try await runner.runDue()
        #expect(try await standing().isEmpty)
    }

    @Test func `a feed with few entries that suddenly has many is held too`() async throws {
        let path = try file("list", (1...40).map { "h\($0).example\n" }.joined())
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        _ = try file("list", (1...91).map { "h\($0).example\n" }.joined())
        try await runner.run("feed")
        #expect(try await row().heldBecause == "51 new entries beside 40 standing ones; the limit is 50 entries")
        _ = try file("list", (1...90).map { "h\($0).example\n" }.joined())
        _ = try await runner.demand("feed", by: "ada")
        try await runner.runDue()
        #expect(try await standing().count == 90)
    }

    @Test func `a guard list that comes back empty is held, and what it named stays shielded`() async throws {
        var shield = source(.domains, try file("top", "shop.example\nb.example\n"), name: "top")
        shield.role = .shield
        let runner = runner([shield, source(.domains, try file("list", "shop.example\nevil.example\n"))])
        try await runner.runDue()
        #expect(try await standing() == ["evil.example/ malicious"])
        _ = try file("top", "# maintenance\n")
        time.advance(4_000_000)
        try await runner.runDue()
        #expect(try await row("top").heldBecause == "it lists nothing any more, 2 entries stand")
        _ = try file("list", "shop.example\nevil.example\nc.example\n")
        time.advance(4_000_000)
        try await runner.runDue()
        #expect(try await standing() == ["c.example/ malicious", "evil.example/ malicious"])
        _ = try await runner.release("top", by: "ada")
        try await runner.runDue()
        #expect(try await row("top").entries == 0)
        try await runner.runDue()
        #expect(try await standing().contains("shop.example/ malicious"))
    }

    @Test func `a person who stops a guard list leaves it in force`() async throws {
        var shield = source(.domains, try file("top", "shop.example\n"), name: "top")
        shield.role = .shield
        let runner = runner([shield, source(.domains, try file("list", "evil.example\n"))])
        try await runner.runDue()
        _ = try await runner.hold("top", because: "old", by: "ada")
        _ = try file("list", "evil.example\nshop.example\n")
        time.advance(4_000_000)
        try await runner.runDue()
        #expect(try await standing() == ["evil.example/ malicious"])
    }

    @Test(arguments: [FeedFormat.domains, .taxii])
    func `content that did not change is weighed anew when guard lists or own domains do`(format: FeedFormat)
        async throws
    {
        let server = FeedServer()
        let fields = ["ETag": "\"1\"", "X-TAXII-Date-Added-Last": "2026-11-26T20:00:00Z"]
        let hosts = ["shop.example", "www.ours.example", "evil.example"]
        let objects = hosts.map { #"{"type":"indicator","pattern":"[domain-name:value='\#($0)']"}"# }
        let path = "/objects/?match%5Btype%5D=indicator&limit=1000"
        server.serve("/list", hosts.map { "\($0)\n" }.joined(), fields)
        server.serve(path, #"{"objects":[\#(objects.joined(separator: ","))]}"#, fields)
        server.serve("\(path)&added_after=2026-11-26T20%3A00%3A00Z", #"{"objects":[]}"#)
        var shield = source(.domains, try file("top", "other.example\n"), name: "top")
        shield.role = .shield
        try await server.run { origin in
            let feed = source(format, format == .taxii ? "\(origin)/" : "\(origin)/list")
            try await runner([shield, feed]).runDue()
            #expect(try await standing().count == 3)
            _ = try file("top", "other.example\nshop.example\n")
            time.advance(4_000_000)
            let guarded = runner([shield, feed], own: ["ours.example"])
            try await guarded.runDue()
            #expect(try await standing() == ["evil.example/ malicious"])
            let asked = server.asked.count
            try await guarded.runDue()
            #expect(server.asked.count == asked)
            try await runner([feed]).runDue()
            // What is shielded no more comes back with the whole list; a feed of changes has to say it again.
            #expect(try await standing().count == (format == .domains ? 3 : 1))
        }
    }

    @Test func `a feed against much of the mail that came lately is held`() async throws {
        try await store.write { transaction in
            for number in 1...40 as ClosedRange<UInt64> {
                let host = number <= 4 ? "shop.example" : "h\(number).example"
                try MessageStore.insert(message(number, links: ["https://www.\(host)/a?b"]), in: transaction)
            }
        }
        let path = try file("list", "shop.example\nevil.example\n")
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        #expect(
            try await row().heldBecause
                == "new entries cover 4 of the last 40 messages with links (such as 'shop.example/'); the limit is 5 %")
        #expect(try await standing() == [])
        _ = try file("list", "h9.example\nevil.example\n")
        _ = try await runner.demand("feed", by: "ada")
        try await runner.runDue()
        #expect(try await standing().count == 2)
    }

    @Test func `a person stops a feed and lets it run again, and what stands stays meanwhile`() async throws {
        let path = try file("list", "evil.example\n")
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        #expect(
            try await runner.hold("feed", because: "wrong about us", by: "ada").status.heldBecause == "wrong about us")
        _ = try file("list", "b.example\n")
        time.advance(10_000_000)
        try await runner.runDue()
        #expect(try await standing() == ["evil.example/ malicious"])
        _ = try await runner.release("feed", by: "ada")
        try await runner.runDue()
        #expect(try await standing() == ["b.example/ malicious"])
        let audit = try await store.read {
            try AuditStore.list(limit: 9, in: $0).map { "\($0.actor) \($0.verb) \($0.object)" }
        }
        #expect(audit == ["ada feed.release feed feed", "ada feed.hold feed feed"])
        await #expect(throws: StoreError.self) { try await runner.hold("none", because: "x", by: "ada") }
    }

    @Test func `own domains and public suffixes are never held against, and that is told`() async throws {
        let path = try file(
            "list", "example.org\nwww.example.org\norg\nco.uk\nevil.example\nnotexample.org\n192.0.2.1\n")
        let runner = runner([source(.domains, path)], own: ["example.org", "mail.example.co.uk"])
        try await runner.run("feed")
        #expect(
            try await standing() == ["192.0.2.1/ malicious", "evil.example/ malicious", "notexample.org/ malicious"])
        #expect(try await row().badLines == 4)
        #expect(try await alerts().map(\.kind) == ["feed_lists_us"])
    }

    @Test func `a shield keeps feeds from its names, not from what is below them; an allow-list beats feeds`()
        async throws
    {
        var shield = source(
            .mispWarninglist, try file("top", #"{"list":["shop.example"],"type":"hostname"}"#), name: "top")
        (shield.role, shield.kind) = (.shield, .domain)
        var allow = source(.domains, try file("allow", "partner.example\n"), name: "allow")
        allow.role = .allow
        let urls = "http://shop.example/\nhttp://shop.example/evil.html\nhttp://www.partner.example/x\n"
        let runner = runner([shield, allow, source(.urls, try file("list", urls))])
        try await runner.runDue()
        #expect(
            try await standing() == [
                "partner.example/ clean", "shop.example/evil.html malicious", "www.partner.example/x malicious",
            ])
        #expect(try await row().examples.contains("1 entries that 'top' shields"))
        #expect(try await row("top").entries == 1)
    }

    @Test func `little confidence makes an entry suspicious, and too little leaves it out`() async throws {
        let bundle = """
            {"type":"bundle","objects":[
            {"type":"indicator","pattern":"[url:value='http://a.example/']","confidence":90},
            {"type":"indicator","pattern":"[url:value='http://b.example/']","confidence":30},
            {"type":"indicator","pattern":"[url:value='http://c.example/']","confidence":10}]}
            """
        var feed = source(.stix, try file("bundle", bundle))
        feed.confidenceAtLeast = 20
        try await runner([feed]).run("feed")
        #expect(try await standing() == ["a.example/ malicious", "b.example/ suspicious"])
        let reasons = try await store.read { try IndicatorStore.live(at: 1_000_000, limit: 9, in: $0).map(\.reason) }
        #expect(reasons == ["confidence 75", "confidence 30"])
    }

    @Test func `a TAXII collection is read page by page and from where it ended`() async throws {
        let server = FeedServer()
        func page(_ host: String, _ more: String = "", revoked: Bool = false) -> String {
            #"{\#(more)"objects":[{"type":"indicator","pattern":"[domain-name:value='\#(host)']","revoked":\#(revoked)}]}"#
        }
        let path = "/api/collections/c1/objects/?match%5Btype%5D=indicator&limit=1000"
        let last = ["X-TAXII-Date-Added-Last": "2026-11-26T20:00:00.000000Z"]
        server.serve(path, page("a.example", #""more":true,"next":"p 2","#))
        server.serve("\(path)&next=p%202", page("b.example"), last)
        server.serve("\(path)&added_after=2026-11-26T20%3A00%3A00.000000Z", page("a.example", revoked: true))
        try await server.run { origin in
            let runner = runner([source(.taxii, "\(origin)/api/collections/c1")])
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious", "b.example/ malicious"])
            try await runner.run("feed")
            #expect(try await standing() == ["b.example/ malicious"])
            #expect(try await row().position == "2026-11-26T20:00:00.000000Z")
        }
        #expect(server.asked.count == 3)
    }

    @Test func `a TAXII collection that takes back most of what stands is held`() async throws {
        let server = FeedServer()
        func page(_ isRevoked: Bool) -> String {
            let objects = (1...60).map {
                #"{"type":"indicator","pattern":"[domain-name:value='h\#($0).example']","revoked":\#(isRevoked)}"#
            }
            return #"{"objects":[\#(objects.joined(separator: ","))]}"#
        }
        server.serve("/objects/", page(false))
        try await server.run { origin in
            let runner = runner([source(.taxii, "\(origin)/")])
            try await runner.run("feed")
            server.serve("/objects/", page(true))
            try await runner.run("feed")
            #expect(try await row().heldBecause == "60 of 60 entries are gone; the limit is 50 %")
            #expect(try await standing().count == 60)
            _ = try await runner.release("feed", by: "ada")
            try await runner.runDue()
            #expect(try await standing().isEmpty)
        }
    }

    @Test func `an indicator of tomorrow comes into force tomorrow, though the bundle did not change`() async throws {
        let start = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: 5_000))
        let bundle = """
            {"objects":[{"type":"indicator","pattern":"[domain-name:value='a.example']"},
             {"type":"indicator","pattern":"[domain-name:value='b.example']","valid_from":"\(start)"}]}
            """
        let runner = runner([source(.stix, try file("bundle", bundle))])
        try await runner.run("feed")
        #expect(try await standing() == ["a.example/ malicious"])
        time.advance(5_000_000)
        try await runner.run("feed")
        #expect(try await standing() == ["a.example/ malicious", "b.example/ malicious"])
        try await runner.run("feed")
        #expect(events.all.count == 2)
    }

    @Test func `a server that sends one page for ever is a failure`() async throws {
        let server = FeedServer()
        server.serve("/c1/objects/", #"{"more":true,"next":"1","objects":[]}"#)
        try await server.run { origin in
            try await runner([source(.taxii, "\(origin)/c1")]).run("feed")
            #expect(try await row().problem?.contains("same page") == true)
        }
    }

    @Test func `a MISP feed is read event by event, and later only the new ones`() async throws {
        let server = FeedServer()
        let uuids = ["5d0092c5-5f74-4287-9642-33f4c354e56d", "5d0092c5-5f74-4287-9642-33f4c354e56e"]
        func event(_ host: String) -> String {
            #"{"Event":{"Attribute":[{"type":"domain","value":"\#(host)","to_ids":true}]}}"#
        }
        server.serve("/feed/manifest.json", #"{"\#(uuids[0])":{"timestamp":"100"}}"#)
        server.serve("/feed/\(uuids[0]).json", event("a.example"))
        server.serve("/feed/\(uuids[1]).json", event("b.example"))
        try await server.run { origin in
            let runner = runner([source(.misp, "\(origin)/feed")])
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious"])
            server.serve(
                "/feed/manifest.json", #"{"\#(uuids[0])":{"timestamp":"100"},"\#(uuids[1])":{"timestamp":"200"}}"#)
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious", "b.example/ malicious"])
        }
        #expect(server.asked.count == 4)
    }

    @Test func `an attribute that left its MISP event is taken back, unless another event has it`() async throws {
        let server = FeedServer()
        let uuids = ["5d0092c5-5f74-4287-9642-33f4c354e56d", "5d0092c5-5f74-4287-9642-33f4c354e56e"]
        func serve(_ number: Int, _ hosts: String...) {
            let attributes = hosts.map { #"{"type":"domain","value":"\#($0)","to_ids":true}"# }
            server.serve(
                "/\(uuids[number]).json", #"{"Event":{"Attribute":[\#(attributes.joined(separator: ","))]}}"#)
        }
        server.serve("/manifest.json", #"{"\#(uuids[0])":{"timestamp":"100"},"\#(uuids[1])":{"timestamp":"101"}}"#)
        serve(0, "a.example", "b.example", "c.example")
        serve(1, "c.example", "d.example")
        try await server.run { origin in
            let runner = runner([source(.misp, "\(origin)/")])
            try await runner.run("feed")
            #expect(try await standing().count == 4)
            serve(0, "a.example")
            server.serve("/manifest.json", #"{"\#(uuids[0])":{"timestamp":"200"},"\#(uuids[1])":{"timestamp":"101"}}"#)
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious", "c.example/ malicious", "d.example/ malicious"])
            // Now no event is left that has it, though one that was read before had.
            serve(1)
            server.serve("/manifest.json", #"{"\#(uuids[0])":{"timestamp":"200"},"\#(uuids[1])":{"timestamp":"300"}}"#)
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious"])
        }
    }

    @Test func `what moves between MISP events, leaves both, or is deleted in one of them, counts as all say together`()
        async throws
    {
        let server = FeedServer()
        let uuids = (0..<3).map { "5d0092c5-5f74-4287-9642-33f4c354e56\($0)" }
        func serve(_ number: Int, _ hosts: String...) {
            let attributes = hosts.map { host in
                let isDeleted = host.hasPrefix("-")
                return
                    #"{"type":"domain","value":"\#(isDeleted ? String(host.dropFirst()) : host)","to_ids":true,"deleted":\#(isDeleted)}"#
            }
            server.serve(
                "/\(uuids[number]).json", #"{"Event":{"Attribute":[\#(attributes.joined(separator: ","))]}}"#)
        }
        func manifest(_ timestamps: Int...) {
            let events = zip(uuids, timestamps).map { #""\#($0)":{"timestamp":"\#($1)"}"# }
            server.serve("/manifest.json", "{\(events.joined(separator: ","))}")
        }
        func domains(_ names: String...) -> [String] { names.map { "\($0)/ malicious" } }
        try await server.run { origin in
            let runner = runner([source(.misp, "\(origin)/")])
            serve(0, "x.example", "y.example")
            serve(1, "x.example", "z.example")
            serve(2, "w.example")
            manifest(100, 101, 102)
            try await runner.run("feed")
            #expect(try await standing() == domains("w.example", "x.example", "y.example", "z.example"))
            // It leaves both events at once.
            serve(0, "y.example")
            serve(1, "z.example")
            manifest(200, 201, 102)
            try await runner.run("feed")
            #expect(try await standing() == domains("w.example", "y.example", "z.example"))
            // Deleted here, but an event that did not change has it; and deleted, then entered anew.
            serve(0, "-z.example", "-v.example", "v.example", "u.example", "-u.example", "-y.example")
            manifest(300, 201, 102)
            try await runner.run("feed")
            #expect(try await standing() == domains("u.example", "v.example", "w.example", "z.example"))
            // It moves from one event to another.
            serve(2)
            serve(0, "v.example", "w.example")
            manifest(400, 201, 401)
            try await runner.run("feed")
            #expect(try await standing() == domains("v.example", "w.example", "z.example"))
        }
    }

    @Test func `the last word of a feed about a thing counts`() async throws {
        let types = ["benign", "malicious-activity"]
        let objects =
            ["a", "b"].map {
                #"{"type":"indicator","pattern":"[domain-name:value='\#($0).example']","indicator_types":["\#(types[0])"]}"#
            } + [
                #"{"type":"indicator","pattern":"[domain-name:value='a.example']","indicator_types":["\#(types[1])"]}"#,
                #"{"type":"indicator","pattern":"[domain-name:value='c.example']"}"#,
                #"{"type":"indicator","pattern":"[domain-name:value='c.example']","revoked":true}"#,
            ]
        let bundle = #"{"objects":[\#(objects.joined(separator: ","))]}"#
        try await runner([source(.stix, try file("bundle", bundle))]).run("feed")
        #expect(try await standing() == ["a.example/ malicious"])
    }

    @Test func `a guard list that comes late takes back what stood without it, and its lack is told`() async throws {
        let names = (1...60).map { "big\($0).example\n" }.joined()
        var shield = source(.domains, directory.appending(path: "top").path(percentEncoded: false), name: "top")
        shield.role = .shield
        // The order in the configuration does not matter.
        let runner = runner([source(.domains, try file("list", names + "evil.example\n")), shield])
        try await runner.runDue()
        #expect(try await standing().count == 61)
        #expect(
            try await alerts().map(\.title) == [
                "Feed 'feed' is in force without guard list 'top', which was never read: \(directory.path(percentEncoded: false))/top: no file that can be read"
            ])
        _ = try file("top", names)
        time.advance(4_000_000)
        try await runner.runDue()
        #expect(try await standing() == ["evil.example/ malicious"])
        #expect(try await row().state == .active)
        #expect(try await row("top").entries == 60)
    }

    @Test func `new guard names do not bring back what expired in a feed of changes`() async throws {
        let server = FeedServer()
        let path = "/objects/?match%5Btype%5D=indicator&limit=1000"
        let fields = ["X-TAXII-Date-Added-Last": "2026-11-26T20:00:00Z"]
        server.serve(path, #"{"objects":[{"type":"indicator","pattern":"[domain-name:value='old.example']"}]}"#, fields)
        server.serve("\(path)&added_after=2026-11-26T20%3A00%3A00Z", #"{"objects":[]}"#)
        var shield = source(.domains, try file("top", "shop.example\n"), name: "top")
        shield.role = .shield
        try await server.run { origin in
            var feed = source(.taxii, "\(origin)/")
            feed.expiresAfter = .seconds(3_600)
            let runner = runner([shield, feed])
            try await runner.runDue()
            #expect(try await standing() == ["old.example/ malicious"])
            time.advance(4_000_000)
            _ = try file("top", "shop.example\nother.example\n")
            try await runner.runDue()
            #expect(try await standing() == [])
        }
        #expect(server.asked.last?.contains("added_after") == true)
    }

    @Test func `a TAXII indicator of the far future waits in the store, and the feed goes on`() async throws {
        let server = FeedServer()
        func object(_ host: String, _ more: String) -> String {
            #"{"type":"indicator","pattern":"[domain-name:value='\#(host)']"\#(more)}"#
        }
        let start = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: 5_000))
        let path = "/objects/?match%5Btype%5D=indicator&limit=1000"
        let objects = [
            object("a.example", ""), object("b.example", #","valid_from":"\#(start)""#),
            object("c.example", #","valid_from":"9999-01-01T00:00:00Z""#),
            object("d.example", #","valid_from":"\#(start)""#),
        ]
        server.serve(
            path, #"{"objects":[\#(objects.joined(separator: ","))]}"#,
            ["X-TAXII-Date-Added-Last": "2026-11-26T20:00:00Z"])
        let later = "\(path)&added_after=2026-11-26T20%3A00%3A00Z"
        server.serve(later, #"{"objects":[\#(object("d.example", #","revoked":true"#))]}"#)
        try await server.run { origin in
            let runner = runner([source(.taxii, "\(origin)/")])
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious"])
            time.advance(5_000_000)
            try await runner.run("feed")
            #expect(try await standing() == ["a.example/ malicious", "b.example/ malicious"])
            try await runner.run("feed")
            #expect(try await standing().count == 2)
        }
        #expect(server.asked == [path, later, later])
    }

    @Test func `an early item is weighed by guards, own domains and its end when its time comes`() async throws {
        let server = FeedServer()
        func object(_ host: String, _ more: String) -> String {
            #"{"type":"indicator","pattern":"[domain-name:value='\#(host)']"\#(more)}"#
        }
        func date(_ seconds: Double) -> String {
            ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: seconds))
        }
        let start = #","valid_from":"\#(date(5_000))""#
        let path = "/objects/?match%5Btype%5D=indicator&limit=1000"
        let first = [
            object("guarded.example", start), object("www.ours.example", start), object("good.example", start),
            object("ended.example", start + #","valid_until":"\#(date(5_500))""#), object("short.example", ""),
            object("over.example", ""),
        ]
        let second = [
            object("short.example", #","valid_until":"\#(date(7_000))""#),
            object("over.example", #","valid_until":"\#(date(900))""#),
        ]
        let fields = ["X-TAXII-Date-Added-Last": "2026-11-26T20:00:00Z"]
        server.serve(path, #"{"objects":[\#(first.joined(separator: ","))]}"#, fields)
        let later = "\(path)&added_after=2026-11-26T20%3A00%3A00Z"
        server.serve(later, #"{"objects":[\#(second.joined(separator: ","))]}"#)
        var shield = source(.domains, try file("top", "guarded.example\n"), name: "top")
        shield.role = .shield
        try await server.run { origin in
            var feed = source(.taxii, "\(origin)/")
            feed.expiresAfter = .seconds(1_200)
            try await runner([shield, feed]).runDue()
            #expect(try await standing() == ["over.example/ malicious", "short.example/ malicious"])
            time.advance(100_000)
            try await runner([shield, feed], own: ["ours.example"]).run("feed")
            #expect(try await standing() == ["short.example/ malicious"], "an end that has passed takes back")
            time.advance(4_900_000)
            server.serve(later, #"{"objects":[]}"#)
            try await runner([shield, feed], own: ["ours.example"]).run("feed")
            #expect(
                try await standing() == ["good.example/ malicious"],
                "it holds from its start, not from when it was read")
            time.advance(150_000)
            #expect(try await standing() == ["good.example/ malicious"])
        }
    }

    @Test func `guards act at once, also on a feed that is stopped or cannot be read`() async throws {
        let path = try file("list", "a.example\nb.example\n")
        var shield = source(.domains, try file("top", "x.example\n"), name: "top")
        shield.role = .shield
        let sources = [
            source(.domains, path, name: "gone"),
            source(.domains, try file("other", "a.example\nc.example\n"), name: "stopped"),
            shield,
        ]
        let runner = runner(sources)
        try await runner.runDue()
        _ = try await runner.hold("stopped", because: "x", by: "ada")
        try FileManager.default.removeItem(atPath: path)
        _ = try file("top", "x.example\na.example\n")
        time.advance(4_000_000)
        try await runner.runDue()
        #expect(try await standing() == ["b.example/ malicious", "c.example/ malicious"])
    }

    @Test func `a small list that loses most of what it had is held, one that loses a few is not`() async throws {
        let path = try file("list", (1...40).map { "h\($0).example\n" }.joined())
        var shield = source(.domains, try file("top", (1...40).map { "g\($0).example\n" }.joined()), name: "top")
        shield.role = .shield
        let runner = runner([source(.domains, path), shield])
        try await runner.runDue()
        _ = try file("list", "h1.example\n")
        _ = try file("top", "h1.example\n")
        time.advance(4_000_000)
        try await runner.runDue()
        #expect(try await row("top").heldBecause == "40 of 40 entries are gone; the limit is 50 %")
        #expect(try await row().heldBecause == "39 of 40 entries are gone; the limit is 50 %")
        _ = try file("list", (1...30).map { "h\($0).example\n" }.joined())
        _ = try await runner.demand("feed", by: "ada")
        try await runner.runDue()
        #expect(try await standing().count == 30)
    }

    @Test func `a feed that left the configuration says nothing any more`() async throws {
        let path = try file("list", "evil.example\n")
        try await runner([source(.domains, path)]).run("feed")
        try await runner([]).runDue()
        #expect(try await standing() == [])
        #expect(events.all.last == .retired("feed", removed: 1))
        #expect(try await store.read { try FeedStore.list(in: $0).isEmpty })
    }

    @Test func `a run that was cut off is done again by the next one, wholly`() async throws {
        let path = try file("list", (1...3_000).map { "h\($0).example\n" }.joined())
        for statements in [5, 900, 2_500, 3_500, 7_000] {
            let failing = FeedRunner(
                sources: [source(.domains, path)], ownDomains: [], database: CutDatabase(store, after: statements),
                spool: directory.appending(path: "spool").path(percentEncoded: false), now: { [time] in time.now },
                tell: { [events] in events.add($0) })
            try await failing.run("feed")
        }
        let runner = runner([source(.domains, path)])
        try await runner.run("feed")
        #expect(try await standing().count == 3_000)
        #expect(try await row().entries == 3_000)
    }
}

/// A store that fails for good after so many writing statements, as one whose disk is full.
private final class CutDatabase: Store.Database {
    private let inner: any Store.Database
    private let left: Mutex<Int>

    init(_ inner: any Store.Database, after statements: Int) {
        self.inner = inner
        left = Mutex(statements)
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value { try await inner.read(body) }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await inner.write { [self] in try body(CutTransaction(inner: $0, cut: self)) }
    }

    func count() throws(StoreError) {
        let isOver = left.withLock { left in
            left -= 1
            return left < 0
        }
        if isOver { throw StoreError(.unavailable, "no space left") }
    }
}

private struct CutTransaction: SQLTransaction {
    let inner: any SQLTransaction
    let cut: CutDatabase

    func execute(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        try cut.count()
        return try inner.execute(statement, parameters)
    }

    func query(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> [SQLRow] {
        try inner.query(statement, parameters)
    }
}
