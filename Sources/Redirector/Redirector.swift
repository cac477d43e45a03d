// SPDX-License-Identifier: Apache-2.0

// Redirector: a click on a rewritten link → redirect, or a page.
//
// The order: token, other vendors' wrappers, canonical expressions, verdict index, local rules, DNS lists (when the site
// named some), audience; each adds reasons, and the gravest by the site's policy decides. The target stands in the link,
// signed, so no state is needed but the keys; the verdict comes from the mapped index, so no database is asked; and the
// click is in the click journal before the answer goes out. What does not verify gets one page, the same bytes whatever
// was wrong with it, and never a redirect: there is no way to make this server send a browser to a place that was not in
// a message we rewrote. The target is never fetched.
//
// Going on past a page is a POST with a token of its own (ProceedToken), which only the page for this very link holds and
// which is worth nothing after some minutes; a report is the same with another purpose. A browser that says the form came
// from another site (Sec-Fetch-Site, or an Origin that is neither ours nor `null`) is shown the page again: under
// `no-referrer` browsers send `Origin: null` even to the page's own site.
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
    private let isSecure: Bool
    /// Scheme, host and port of the click URL, as browsers write them (RFC 6454, section 6.2).
    let origin: String
    let policy: ClickPolicy
    private let keys: @Sendable () -> KeyRing
    let pages: ClickPages
    private let judge: Judge
    private let seenDomains: @Sendable () -> SeenDomains?
    private let lookup: DNSLookup?
    private let simulations: SimulationDomains
    let journal: any ClickJournal
    let rates: ClickRates
    let onEvent: @Sendable (RedirectorEvent) -> Void
    private let now: @Sendable () -> Int64

    /// A redirector for links below the click URL; `now` gives milliseconds since 1970, UTC.
    package init(
        clickURL: [UInt8], policy: ClickPolicy, keys: @escaping @Sendable () -> KeyRing, pages: ClickPages,
        judge: @escaping Judge, seenDomains: @escaping @Sendable () -> SeenDomains? = { nil }, lookup: DNSLookup? = nil,
        simulations: [String] = [],
        journal: any ClickJournal,
        onEvent: @escaping @Sendable (RedirectorEvent) -> Void = { _ in },
        now: @escaping @Sendable () -> Int64 = Redirector.systemTime
    ) {
        let url = try? WebURL.parse(clickURL)
        let path = url?.path ?? []
        basePath = path.dropLast(path.last == UInt8(ascii: "/") ? 1 : 0)
        origin = url.map { "\($0.scheme.text)://\($0.hostBytes.text)\($0.port.map { ":\($0)" } ?? "")" } ?? ""
        isSecure = url?.scheme.elementsEqual("https".utf8) ?? true
        self.policy = policy
        self.keys = keys
        self.pages = pages
        self.judge = judge
        self.seenDomains = seenDomains
        self.lookup = lookup
        self.simulations = SimulationDomains(simulations)
        self.journal = journal
        rates = ClickRates(limits: policy.rates)
        self.onEvent = onEvent
        self.now = now
    }

    /// The answer to any request whatever, waited for.
    package func handle(_ request: WebRequest) async -> WebResponse {
        await reply(to: request).response { try await journal.record($0) }
    }

    /// The answer to any request whatever: at once where nothing has to be waited for.
    package func reply(to request: WebRequest) -> WebReply {
        guard ["GET", "HEAD", "POST"].contains(request.method) else { return .now(pages.methodNotAllowed) }
        if request.path.elementsEqual("/healthz".utf8) { return .now(pages.healthy) }
        let (ring, time) = (keys(), now())
        guard let target = ClickTarget(path: request.path, base: basePath, keys: ring, unwrap: Wrapping.of) else {
            return .now(refusal(request, ring, time))
        }
        var click = Click(
            request: request, target: target, keys: ring, time: time, language: pages.language(for: request))
        guard request.method != "HEAD" else {
            guard !rates.isTooMany(target.token, at: time) else { return .now(pages.tooMany(click.language)) }
            return answer(to: click)
        }
        let seen = rates.seen(target.token, from: request.peer, at: time)
        if let addresses = seen.crowd { tellCrowd(click, addresses) }
        guard !seen.isTooMany else {
            onEvent(.tooMany(client: client(request, ring)))
            return .now(pages.tooMany(click.language))
        }
        if request.method == "POST", let report = report(in: click) { return keep(report, of: click) }
        click.clicker = Clicker.guess(
            request, linksInARow: seen.linksInARow, isSimulation: simulations.cover(target.urls))
        return answer(to: click)
    }

    /// How far another host's clock may go before ours, milliseconds (security.md, R-18).
    private static let clockLeeway: Int64 = 300_000

    /// The system's clock.
    package static let systemTime: @Sendable () -> Int64 = {
        Int64(Date().timeIntervalSince1970 * 1_000)
    }

    private func refusal(_ request: WebRequest, _ ring: KeyRing, _ time: Int64) -> WebResponse {
        let language = pages.language(for: request)
        // Before anything that could tell one bad token from another.
        guard !rates.isFlood(from: request.peer, at: time) else { return pages.tooMany(language) }
        onEvent(.refused(client: client(request, ring)))
        return pages.notFound(language)
    }

    // MARK: - What is known, and what follows

    private func answer(to click: Click) -> WebReply {
        var click = click
        click.findings = judge(click)
        click.isInside = isInside(click)
        if click.isInside == false { click.reasons.append(.outside) }
        guard let lookup, !click.findings.isVouchedFor, policy.grade(of: click.reasons) < .block else {
            return settle(click)
        }
        return .later { [click] in
            var click = click
            let result = await lookup.reasons(click.target.urls, at: click.time)
            click.reasons += result.reasons
            if result.isIncomplete { click.reasons.append(.noDNSAnswer(policy.rules.noDNSAnswer)) }
            return await settle(click).response { try await journal.record($0) }
        }
    }

    /// Verdict index and local rules.
    private func judge(_ click: Click) -> Click.Findings {
        var findings = Click.Findings()
        for url in click.target.canonical {
            guard let judgement = judge(url) else {
                findings.hasIndex = false
                continue
            }
            findings.verdict = max(findings.verdict, judgement.verdict)
            // The innermost URL comes last: who vouches for a wrapper does not vouch for what is in it.
            findings.isVouchedFor = judgement.verdict == .clean
            findings.indicators += judgement.findings.map(\.indicator).filter { !findings.indicators.contains($0) }
        }
        if !findings.hasIndex { findings.reasons.append(.noIndex) }
        if findings.verdict > .clean { findings.reasons.append(.indicator(findings.verdict)) }
        // A link of tomorrow was made by nobody we know: who holds the key may be somebody else.
        let isOfTomorrow = click.target.token.day > LinkToken.day(at: click.time + Self.clockLeeway)
        if click.target.isRevoked || isOfTomorrow { findings.reasons.append(.revokedKey) }
        // Somebody who vouches for a target knows more than a rule.
        if !findings.isVouchedFor {
            findings.reasons += policy.rules.reasons(
                click.target.urls, wrapperDepth: click.target.wrapping.names.count)
            if let seen = seenDomains(), let new = policy.rules.newDomain(click.target.urls, at: click.time, in: seen) {
                findings.reasons.append(new)
            }
        }
        return findings
    }

    /// Whether the click comes from the site's audience; nil when nobody asks.
    private func isInside(_ click: Click) -> Bool? {
        guard policy.audience.isAsked else { return nil }
        if let address = NetworkAddress(click.request.peer), policy.audience.networks.contains(address) { return true }
        return DeviceCookie.value(in: click.request).map {
            DeviceToken.verifies(Array($0.utf8), on: LinkToken.day(at: click.time), by: click.keys)
        } ?? false
    }

    private func settle(_ click: Click) -> WebReply {
        let grade = policy.grade(of: click.reasons)
        let outcome = policy.outcome(for: grade, proceeds: proceeds(click))
        guard click.request.method != "HEAD", policy.recordsClicks else { return .now(response(outcome, click)) }
        let record = record(outcome, click)
        if !click.findings.hasIndex { onEvent(.notJudged(record)) }
        let reply = WebReply.kept(record: record.json) { self.response(outcome, click, record, $0) }
        return journal.isImmediate ? reply : .later { await reply.response { try await journal.record($0) } }
    }

    /// The answer to a click whose record is kept, or is not for this reason.
    private func response(
        _ outcome: ClickRecord.Outcome, _ click: Click, _ record: ClickRecord, _ problem: (any Error)?
    ) -> WebResponse {
        if let error = problem {
            let isFollowed = outcome.isRedirect && policy.unrecorded == .follow
            onEvent(.notRecorded(record, reason: "\(error)", isFollowed: isFollowed))
            // The pages that stop people need no record to be safe; a redirect does.
            if outcome.isRedirect && !isFollowed { return pages.unavailable(click.language) }
        } else {
            onEvent(.clicked(record))
        }
        return response(outcome, click)
    }

    private func proceeds(_ click: Click) -> Bool {
        guard click.isFromOwnPage(at: origin), let text = click.request.form["proceed"] else { return false }
        return ProceedToken.verifies(
            Array(text.utf8), link: click.target.tokenText, at: click.time, after: policy.proceedDelay,
            within: policy.proceedLifetime, by: click.keys)
    }

    private func response(_ outcome: ClickRecord.Outcome, _ click: Click) -> WebResponse {
        var response: WebResponse
        switch outcome {
        case .allowed, .proceeded:
            response = pages.redirect(to: click.target.location, afterPost: click.request.method == "POST")
        case .blocked: response = pages.page(.block, page(click, hasProceed: false))
        case .warned: response = pages.page(.warning, page(click, hasProceed: policy.allowsProceeding))
        case .asked: response = pages.page(.outside, page(click, hasProceed: true))
        case .pending: response = pages.page(.pending, page(click, hasProceed: policy.allowsProceeding))
        }
        // Somebody inside, or somebody who read our page and went on: this device is known from now on.
        if policy.audience.outside != .follow, click.isInside == true || outcome == .proceeded,
            DeviceCookie.value(in: click.request) == nil || click.isInside != true
        {
            response.fields.append(DeviceCookie.field(click, isSecure: isSecure))
        }
        return response
    }

    private func page(_ click: Click, hasProceed: Bool) -> ClickPages.Content {
        func button(_ purpose: ProceedToken.Purpose) -> String {
            ProceedToken.mint(purpose, link: click.target.tokenText, at: click.time, keys: click.keys).text
        }
        return ClickPages.Content(
            target: click.target, reasons: click.reasons.filter { policy.grade($0) > .follow },
            proceed: hasProceed ? button(.proceed) : nil, report: button(.report), language: click.language)
    }
}

extension ClickPolicy {
    /// The gravest grade of the reasons.
    func grade(of reasons: [ClickReason]) -> Grade { reasons.map(grade).max() ?? .follow }
}

/// One click on its way to an answer.
struct Click: Sendable {
    /// What verdict index and local rules say.
    struct Findings: Sendable {
        var verdict = Verdict.unknown
        var indicators: [Int64] = []
        /// Somebody vouches for the innermost URL: an allow-list beats rules and public lists.
        var isVouchedFor = false
        var hasIndex = true
        var reasons: [ClickReason] = []
    }

    let request: WebRequest
    let target: ClickTarget
    /// The ring this click is judged and answered with, whatever happens to the file meanwhile.
    let keys: KeyRing
    let time: Int64
    let language: String
    var findings = Findings() {
        didSet { reasons += findings.reasons }
    }
    var reasons: [ClickReason] = []
    var isInside: Bool?
    var clicker: Clicker?

    /// Whether a browser could have sent this from a page of ours, which is at `origin`.
    ///
    /// Browsers that have no Sec-Fetch-Site (or not over http) still name a foreign page in Origin; of ours they say `null`,
    /// because its referrer policy is `no-referrer`.
    func isFromOwnPage(at origin: String) -> Bool {
        request.method == "POST" && ["same-origin", nil].contains(request.field("Sec-Fetch-Site"))
            && ["null", origin, nil].contains(request.field("Origin")?.lowercased())
    }

    init(request: WebRequest, target: ClickTarget, keys: KeyRing, time: Int64, language: String) {
        self.request = request
        self.target = target
        self.keys = keys
        self.time = time
        self.language = language
    }
}

/// The cookie that carries a `DeviceToken`.
enum DeviceCookie {
    private static let name = "rearguard_device"
    /// Cookies of one request that are looked through.
    private static let countLimit = 50

    static func value(in request: WebRequest) -> String? {
        guard let field = request.field("Cookie") else { return nil }
        for pair in field.utf8.split(separator: UInt8(ascii: ";"), maxSplits: countLimit) {
            let bytes = pair.drop { $0 == .space }
            guard bytes.starts(with: "\(name)=".utf8) else { continue }
            return Array(bytes.dropFirst(name.utf8.count + 1)).text
        }
        return nil
    }

    static func field(_ click: Click, isSecure: Bool) -> WebField {
        let value = DeviceToken.mint(day: LinkToken.day(at: click.time), keys: click.keys).text
        let age = DeviceToken.lifetime * 86_400
        let secure = isSecure ? "; Secure" : ""
        return WebField("Set-Cookie", "\(name)=\(value); Max-Age=\(age); Path=/; HttpOnly; SameSite=Lax\(secure)")
    }
}

/// The domains of the site's own phishing exercises.
struct SimulationDomains: Sendable {
    private let domains: [[UInt8]]

    init(_ domains: [String]) {
        self.domains = domains.map { Array($0.utf8).lowercased }
    }

    func cover(_ urls: [WebURL]) -> Bool {
        guard !domains.isEmpty else { return false }
        return urls.contains { url in
            let host = url.hostBytes
            return domains.contains {
                host == $0 || host.reversed().starts(with: ([UInt8(ascii: ".")] + $0).reversed())
            }
        }
    }
}

extension ClickRecord.Outcome {
    /// Whether the browser is sent to the target.
    fileprivate var isRedirect: Bool { self == .allowed || self == .proceeded }
}
