// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import LinkTokens
import Mail
import Records
import Redirector
import Synchronization
import Testing
import URLSyntax
import Verdicts
import Web

/// The repository's pages, as shipped.
let shippedPages = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../conf/pages").path

/// A click journal in memory, which can be told to fail or to take its time.
final class MemoryJournal: ClickJournal {
    struct Full: Error {}

    private struct State {
        var records: [ClickRecord] = []
        var alerts: [ClickAlertRecord] = []
        var gate: AsyncStream<Void>?
        var fails = false
    }

    private let state = Mutex(State())

    var records: [ClickRecord] { state.withLock { $0.records } }
    var alerts: [ClickAlertRecord] { state.withLock { $0.alerts } }

    func fail() {
        state.withLock { $0.fails = true }
    }

    /// Holds every record back until the stream ends.
    func wait(for gate: AsyncStream<Void>) {
        state.withLock { $0.gate = gate }
    }

    func record(_ json: [UInt8]) async throws {
        if let gate = state.withLock({ $0.gate }) { for await _ in gate {} }
        let alert = try? JSON.decode(ClickAlertRecord.self, from: json)
        let record = try alert == nil ? JSON.decode(ClickRecord.self, from: json) : nil
        try state.withLock {
            if $0.fails { throw Full() }
            if let alert { $0.alerts.append(alert) }
            if let record { $0.records.append(record) }
        }
    }
}

/// One redirector with everything around it in memory.
struct Fixture {
    var keys: KeyRing
    private let keyText: [UInt8]
    let journal = MemoryJournal()
    var policy = ClickPolicy()
    /// nil: no verdict index.
    var verdict: Verdict? = .unknown
    /// By canonical expression, instead of the one above.
    var verdicts: (@Sendable (String) -> Verdict)?
    var lookup: DNSLookup?
    var seenDomains: SeenDomains?
    /// Milliseconds since 1970.
    var time: Int64 = 1_700_000_000_000

    /// As shipped is 2 s; most tests have no patience.
    init(proceedDelay: Duration = .zero) throws {
        policy.proceedDelay = proceedDelay
        // Tests bring bad links by the thousand.
        policy.rates.invalidPerAddress = 0
        keyText = KeyRing.newFileText(at: 1_700_000_000_000)
        keys = try KeyRing(text: keyText, name: "keys")
    }

    var redirector: Redirector {
        get throws {
            let (verdict, verdicts, time, keys, seen) = (verdict, verdicts, time, keys, seenDomains)
            return Redirector(
                clickURL: Array(Self.clickURL.utf8), policy: policy, keys: { keys },
                pages: try ClickPages(directory: shippedPages, site: "Example & Sons", contact: "the help desk"),
                judge: { url in
                    (verdicts.map { $0(url.expression.text) } ?? verdict).map {
                        $0 == .unknown ? .unknown : Judgement(findings: [.init(indicator: 7, verdict: $0)])
                    }
                },
                seenDomains: { seen }, lookup: lookup, journal: journal, now: { time })
        }
    }

    /// The text of the fixture's key file.
    static func text(of fixture: Fixture) throws -> [UInt8] { fixture.keyText }

    /// The answer to a request for a path.
    func answer(
        _ path: [UInt8], _ method: String = "GET", fields: [WebField] = [], body: String = ""
    ) async throws -> WebResponse {
        try await redirector.handle(
            WebRequest(method: method, target: path, fields: fields, peer: "192.0.2.1", body: Array(body.utf8)))
    }

    /// Sends the warning page's form.
    func proceed(_ path: [UInt8], with token: String, fields: [WebField] = []) async throws -> WebResponse {
        try await answer(path, "POST", fields: fields, body: "proceed=\(Percent.encode(token))")
    }

    /// The token in the form of the warning page.
    static func proceedToken(in page: WebResponse) throws -> String {
        let text = page.body.text
        let start = try #require(text.firstRange(of: #"name="proceed" value=""#))
        let end = try #require(text[start.upperBound...].firstIndex(of: "\""))
        return String(text[start.upperBound..<end])
    }
}

// MARK: - Links

extension Fixture {
    static let clickURL = "https://click.example.net"

    static func keyRing() throws -> KeyRing {
        try KeyRing(text: KeyRing.newFileText(at: 1_700_000_000_000), name: "keys")
    }

    /// The path of a rewritten link to the target, as the milter mints it.
    func path(to target: String, host: String? = nil, keys: KeyRing? = nil, ordinal: Int = 3) throws -> [UInt8] {
        let bytes = Array(target.utf8)
        let visible = try host.map { Array($0.utf8) } ?? WebURL.parse(bytes).hostBytes
        let token = LinkToken(
            reference: MessageReference(bits: 0x0123_4567_89AB_CDEF), ordinal: ordinal, recipient: 1, day: 1_400,
            target: bytes)
        let mint = try #require(LinkMint(clickURL: Array(Self.clickURL.utf8), keys: keys ?? self.keys))
        let url = try #require(mint.rewrittenURL(token, host: visible))
        return Array(url.dropFirst(Self.clickURL.utf8.count))
    }
}
