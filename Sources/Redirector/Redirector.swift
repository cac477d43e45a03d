// SPDX-License-Identifier: Apache-2.0

// Redirector: a click on a rewritten link → redirect, warning page or block page.
//
// The target stands in the link, signed, so no state is needed but the keys; the verdict comes from the mapped index,
// so no database is asked; and the click is on disk in the click journal before the answer goes out. What does not
// verify gets one page, the same bytes whatever was wrong with it, and never a redirect: there is no way to make this
// server send a browser to a place that was not in a message we rewrote. The target is never fetched.
//
// Going on past a warning is a POST with a token of its own (ProceedToken), which only the warning page for this very
// link holds and which is worth nothing after some minutes. A browser that says the form came from another site
// (Sec-Fetch-Site) is shown the page again. The Origin field cannot be used for this: under `no-referrer` browsers send
// `Origin: null` even to the page's own site.
//
// GET and HEAD change nothing. HEAD is answered like GET but not recorded: scanners and previews use it, people do not.
//
// Road not taken: a session cookie or a server-side list of issued tokens, which would be state to keep, to share
// between hosts and to fill up; and a redirect by script or `<meta>`, which would need a page where a header does.

import Bytes
import FoundationEssentials
package import LinkTokens
import Mail
import Records
package import URLSyntax
package import Verdicts
package import Web

/// Answers clicks; a value without I/O of its own.
package struct Redirector: Sendable {
    /// The judgement on a target; nil when there is no verdict index.
    package typealias Judge = @Sendable (CanonicalURL) -> Judgement?

    /// The path of the click URL, without a slash at its end.
    private let basePath: [UInt8]
    private let policy: ClickPolicy
    private let keys: KeyRing
    private let pages: ClickPages
    private let judge: Judge
    private let journal: any ClickJournal
    private let onEvent: @Sendable (RedirectorEvent) -> Void
    private let now: @Sendable () -> Int64

    /// A redirector for links below the click URL; `now` gives milliseconds since 1970, UTC.
    package init(
        clickURL: [UInt8], policy: ClickPolicy, keys: KeyRing, pages: ClickPages, judge: @escaping Judge,
        journal: any ClickJournal,
        onEvent: @escaping @Sendable (RedirectorEvent) -> Void = { _ in },
        now: @escaping @Sendable () -> Int64 = Redirector.systemTime
    ) {
        let path = (try? WebURL.parse(clickURL))?.path ?? []
        basePath = path.dropLast(path.last == UInt8(ascii: "/") ? 1 : 0)
        self.policy = policy
        self.keys = keys
        self.pages = pages
        self.judge = judge
        self.journal = journal
        self.onEvent = onEvent
        self.now = now
    }

    /// The answer to any request whatever.
    package func handle(_ request: WebRequest) async -> WebResponse {
        guard ["GET", "HEAD", "POST"].contains(request.method) else { return pages.methodNotAllowed }
        if request.path.elementsEqual("/healthz".utf8) { return pages.healthy }
        guard let target = ClickTarget(path: request.path, base: basePath, keys: keys) else {
            onEvent(.refused(client: request.peer))
            return pages.notFound
        }
        let time = now()
        let judgement = judge(target.canonical)
        let outcome = policy.outcome(of: judgement, proceeds: proceeds(request, target, time))
        guard request.method != "HEAD" else { return answer(outcome, judgement, target, request, time) }

        let record = record(outcome, judgement, target, request, time)
        if judgement == nil { onEvent(.notJudged(record)) }
        do {
            try await journal.record(try JSON.encode(record))
            onEvent(.clicked(record))
        } catch {
            let isFollowed = outcome.isRedirect && policy.unrecorded == .follow
            onEvent(.notRecorded(record, reason: "\(error)", isFollowed: isFollowed))
            // The pages that stop people need no record to be safe; a redirect does.
            if outcome.isRedirect && !isFollowed { return pages.unavailable }
        }
        return answer(outcome, judgement, target, request, time)
    }

    private func proceeds(_ request: WebRequest, _ target: ClickTarget, _ time: Int64) -> Bool {
        guard policy.allowsProceeding, request.method == "POST",
            ["same-origin", nil].contains(request.field("Sec-Fetch-Site")),
            let text = request.form["proceed"]
        else { return false }
        return ProceedToken.verifies(Array(text.utf8), link: target.tokenText, at: time, by: keys)
    }

    private func answer(
        _ outcome: ClickRecord.Outcome, _ judgement: Judgement?, _ target: ClickTarget, _ request: WebRequest,
        _ time: Int64
    ) -> WebResponse {
        switch outcome {
        case .allowed, .proceeded: pages.redirect(to: target.location, afterPost: request.method == "POST")
        case .blocked: pages.block(target)
        case .warned:
            pages.warning(
                target, isJudged: judgement != nil,
                proceed: !policy.allowsProceeding
                    ? nil
                    : ProceedToken.mint(
                        link: target.tokenText, at: time, lifetime: policy.proceedLifetime, keys: keys
                    ).text)
        }
    }

    /// The system's clock.
    package static let systemTime: @Sendable () -> Int64 = {
        Int64(Date().timeIntervalSince1970 * 1_000)
    }
}

// MARK: - Records

extension Redirector {
    /// Bytes of a User-Agent field that are kept: real ones are shorter.
    private static let userAgentLimit = 256

    private func record(
        _ outcome: ClickRecord.Outcome, _ judgement: Judgement?, _ target: ClickTarget, _ request: WebRequest,
        _ time: Int64
    ) -> ClickRecord {
        ClickRecord(
            id: Hex.encode((0..<8).map { _ in .random(in: .min ... .max) }).text, at: time,
            reference: target.token.reference, ordinal: target.token.ordinal, recipient: target.token.recipient,
            url: target.url.serialized.text, outcome: outcome, verdict: (judgement?.verdict ?? .unknown).rawValue,
            indicators: judgement?.findings.map(\.indicator) ?? [], method: request.method, client: request.peer,
            userAgent: request.field("User-Agent").map { Array($0.utf8.prefix(Self.userAgentLimit)).text })
    }
}

extension ClickRecord.Outcome {
    /// Whether the browser is sent to the target.
    fileprivate var isRedirect: Bool { self == .allowed || self == .proceeded }
}
