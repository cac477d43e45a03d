// SPDX-License-Identifier: Apache-2.0

import Records
import Redirector
import Synchronization
import Testing
import Verdicts
import Web

@Suite(.timeLimit(.minutes(1))) struct JournalingTests {
    private static let target = "https://www.example.com/a"

    private final class Answered: Sendable {
        let flag = Mutex(false)
    }

    @Test func `no answer is given before the click is on disk`() async throws {
        let fixture = try Fixture()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        fixture.journal.wait(for: gate)
        let answered = Answered()
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            tasks.addTask {
                let answer = try await fixture.answer(try fixture.path(to: Self.target))
                answered.flag.withLock { $0 = true }
                return answer.status
            }
            try await Task.sleep(for: .milliseconds(50))
            #expect(!answered.flag.withLock { $0 })
            open.finish()
            #expect(try await tasks.next() == 302)
        }
        #expect(fixture.journal.records.count == 1)
    }

    @Test(arguments: [
        (Verdict.unknown, ClickPolicy.Unrecorded.refuse, 503), (.unknown, .follow, 302),
        // Nobody comes to harm by these pages, recorded or not.
        (.suspicious, .refuse, 200), (.malicious, .refuse, 403), (.malicious, .follow, 403),
    ]) func `a click that cannot be recorded is answered as the policy says`(
        verdict: Verdict, unrecorded: ClickPolicy.Unrecorded, status: Int
    ) async throws {
        var fixture = try Fixture()
        fixture.verdict = verdict
        fixture.policy.unrecorded = unrecorded
        fixture.journal.fail()
        let answer = try await fixture.answer(try fixture.path(to: Self.target))
        #expect(answer.status == status)
        #expect((answer.field("Location") != nil) == (status == 302))
        #expect((answer.field("Retry-After") != nil) == (status == 503))
    }

    @Test func `going on past a warning is refused when it cannot be recorded`() async throws {
        var fixture = try Fixture()
        fixture.verdict = .suspicious
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        fixture.journal.fail()
        #expect(try await fixture.proceed(path, with: token).status == 503)
    }

    @Test func `the log hears of clicks, of failures and of a missing index`() async throws {
        var fixture = try Fixture()
        fixture.verdict = nil
        let events = Mutex<[String]>([])
        let redirector = Redirector(
            clickURL: Array(Fixture.clickURL.utf8), policy: fixture.policy, keys: { [keys = fixture.keys] in keys },
            pages: try ClickPages(directory: shippedPages, site: "x", contact: nil), judge: { _ in nil },
            journal: fixture.journal,
            onEvent: { event in
                let name =
                    switch event {
                    case .clicked(let record): "clicked \(record.outcome)"
                    case .notRecorded(_, let reason, let isFollowed): "not recorded \(reason) \(isFollowed)"
                    case .notJudged: "not judged"
                    case .refused(let client): "refused \(client)"
                    case .tooMany, .reported, .alertNotRecorded: "something else"
                    }
                events.withLock { $0.append(name) }
            })
        let path = try fixture.path(to: Self.target)
        _ = await redirector.handle(WebRequest(target: path))
        fixture.journal.fail()
        _ = await redirector.handle(WebRequest(target: path))
        _ = await redirector.handle(WebRequest(target: path.dropLast(), peer: "192.0.2.9"))
        #expect(
            events.withLock { $0 } == [
                "not judged", "clicked allowed", "not judged", "not recorded Full() false", "refused 192.0.2.9",
            ])
    }

    @Test func `a long user agent is cut`() async throws {
        let fixture = try Fixture()
        let fields = [WebField("User-Agent", String(repeating: "x", count: 5_000))]
        _ = try await fixture.answer(try fixture.path(to: Self.target), fields: fields)
        #expect(fixture.journal.records.first?.userAgent?.count == 256)
    }
}
