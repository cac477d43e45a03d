// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Journal
import Logging
import Records
import Redirector
import ServiceLifecycle
import Testing
import URLSyntax
import Verdicts
import Web

/// The redirector as it runs: a socket, the journal and the verdict index on disk.
@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    private static let target = "https://www.example.com/a?b=c"

    /// Writes an index with this verdict on the target's host.
    private func write(_ verdict: Verdict, to path: String) throws {
        let pattern = try IndicatorPattern.pattern(of: .domain, value: "www.example.com")
        try VerdictIndex.write(
            [
                Indicator(
                    number: 42, kind: .domain, pattern: pattern, value: "www.example.com", verdict: verdict,
                    source: "test",
                    reason: nil, createdAt: 0, expiresAt: nil)
            ], to: path)
    }

    @Test func `a click goes through socket, index and journal, and a new verdict is in force within a second`()
        async throws
    {
        let state = FileManager.default.temporaryDirectory.appending(path: "click-\(UInt32.random(in: 0 ... .max))")
            .path
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: state) }
        let fixture = try Fixture()
        let index = VerdictIndexFile(path: "\(state)/verdicts.index")
        let writer = try JournalWriter(directory: "\(state)/clicks")
        defer { writer.close() }
        let redirector = Redirector(
            clickURL: Array(Fixture.clickURL.utf8), policy: ClickPolicy(), keys: { fixture.keys },
            pages: try ClickPages(directory: shippedPages, site: "x", contact: nil),
            judge: { index.current()?.judge($0) }, journal: DiskClickJournal(writer))
        let link = try fixture.path(to: Self.target).text

        let answers = try await withServer(redirector) { origin in
            func click() async throws -> WebResponse {
                try await WebClient().send(ClientRequest("GET", link, of: origin))
            }
            var answers = [try await click()]
            for verdict in [Verdict.suspicious, .malicious, .clean] {
                try write(verdict, to: "\(state)/verdicts.index")
                try await Task.sleep(for: .milliseconds(900))
                answers.append(try await click())
            }
            answers.append(try await WebClient().send(ClientRequest("GET", link + "A", of: origin)))
            return answers
        }
        #expect(answers.map(\.status) == [302, 200, 403, 302, 404])
        #expect(answers[0].field("Location") == Self.target)
        #expect(answers[1].field("Referrer-Policy") == "no-referrer")

        let records = try JournalReader(directory: "\(state)/clicks").records(after: .start, limit: 10).records
        let clicks = try records.map { try JSON.decode(ClickRecord.self, from: $0.json) }
        #expect(clicks.map(\.outcome) == [.allowed, .warned, .blocked, .allowed])
        #expect(clicks.map(\.indicators) == [[], [42], [42], [42]])
        #expect(clicks.map(\.client) == Array(repeating: "127.0.0.1", count: 4))
    }

    private func withServer(
        _ redirector: Redirector, _ body: (ClientRequest.Peer) async throws -> [WebResponse]
    ) async throws -> [WebResponse] {
        let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = WebServer(
            address: .tcp(host: "127.0.0.1", port: 0), logger: logger, onReady: { signal.yield($0) },
            handler: { await redirector.handle($0) })
        let group = ServiceGroup(services: [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
            }
            var answers: [WebResponse] = []
            for await address in ready.prefix(1) { answers = try await body(.origin("http://\(address)")) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return answers
        }
    }
}
