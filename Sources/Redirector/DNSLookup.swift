// SPDX-License-Identifier: Apache-2.0

// DNSLookup: what the DNS lists say about a target, within a budget.
//
// Off unless the site names lists: every click would tell a third party which domain somebody is about to open, and a
// list that is down must not make the web slow. So there is one budget for all questions of a click (300 ms), a breaker
// that stops asking after some failures in a row and tries again later and later, and a memory of the last answers. The
// full URL never leaves the house, only the domain.
//
// Our own UDP client: getaddrinfo knows no deadline, and a thread that waits in it cannot be called back. The resolver is
// the site's own; lists refuse public ones.

import Bytes
import Synchronization
import URLSyntax

/// Asks the configured lists.
package final class DNSLookup: Sendable {
    /// Sends a question to the resolver and gives the first datagram that `accepts` takes; nil when time is up.
    package typealias Exchange =
        @Sendable (_ question: [UInt8], _ within: Duration, _ accepts: @escaping @Sendable ([UInt8]) -> Bool) async ->
        [UInt8]?

    /// What came of asking.
    struct Result: Hashable, Sendable {
        var reasons: [ClickReason] = []
        /// A list did not answer in time, or is not being asked for now.
        var isIncomplete = false
    }

    private struct Breaker {
        var failures = 0
        var openUntil: Int64 = 0
        var wait = DNSLookup.firstWait
    }

    private struct Known {
        let meaning: DNSList.Meaning
        let until: Int64
    }

    private struct State {
        var breakers: [String: Breaker] = [:]
        var known: Window<String, Known>
    }

    private let lists: [DNSList]
    private let budget: Duration
    private let exchange: Exchange
    private let onRefusal: @Sendable (DNSList, String) -> Void
    private let state: Mutex<State>

    /// Failures in a row after which a list is left alone.
    private static let failureLimit = 5
    /// Milliseconds it is left alone the first time, and at most.
    private static let firstWait: Int64 = 30_000
    private static let longestWait: Int64 = 600_000
    /// Milliseconds an answer is remembered at most, and when it says nothing of that.
    private static let memory: Int64 = 300_000
    private static let memoryLimit = 20_000

    /// `onRefusal` hears of a list that says it may not be asked.
    package init(
        lists: [DNSList], budget: Duration = .milliseconds(300), exchange: @escaping Exchange,
        onRefusal: @escaping @Sendable (DNSList, String) -> Void = { _, _ in }
    ) {
        self.lists = lists
        self.budget = budget
        self.exchange = exchange
        self.onRefusal = onRefusal
        state = Mutex(State(known: Window(span: Self.memory, limit: Self.memoryLimit)))
    }

    /// What the lists say about the hosts of the URLs; addresses in digits are not asked for (the lists want names).
    func reasons(_ urls: [WebURL], at time: Int64) async -> Result {
        let named = urls.filter { url in
            if case .domain(let name) = url.host { name.contains(UInt8(ascii: ".")) } else { false }
        }
        return await withTaskGroup(of: (DNSList, DNSList.Meaning?).self) { group in
            for list in lists {
                for name in Set(named.map(list.name)) {
                    group.addTask { (list, await self.meaning(of: name, on: list, at: time)) }
                }
            }
            var result = Result()
            for await (list, meaning) in group {
                switch meaning {
                case .listed(let grade, let text):
                    result.reasons.append(.dnsList(list.zone, grade, meaning: text))
                case nil: result.isIncomplete = true
                case .notListed, .refused: break
                }
            }
            return result
        }
    }

    private func meaning(of name: [UInt8], on list: DNSList, at time: Int64) async -> DNSList.Meaning? {
        let asked = name + [UInt8(ascii: ".")] + Array(list.zone.utf8)
        let key = asked.text
        let isOpen = state.withLock { ($0.breakers[list.zone]?.openUntil ?? 0) > time }
        if let known = remembered(key, at: time) { return known }
        guard !isOpen, let question = DNSMessage.question(asked, id: .random(in: .min ... .max)) else { return nil }
        let bytes = await exchange(question, budget) { DNSMessage.answer($0, to: question) != nil }
        switch bytes.flatMap({ DNSMessage.answer($0, to: question) }) {
        case nil, .failed?:
            note(list, isFailure: true, at: time)
            return nil
        case DNSMessage.Answer.none?:
            note(list, isFailure: false, at: time)
            remember(key, .notListed, for: Self.memory, at: time)
            return .notListed
        case .addresses(let addresses, let seconds)?:
            let meaning = list.meaning(of: addresses)
            if case .refused(let reason) = meaning {
                // It will say the same to the next one: left alone like one that is down.
                note(list, isFailure: true, at: time)
                onRefusal(list, reason)
            } else {
                note(list, isFailure: false, at: time)
                remember(key, meaning, for: min(Self.memory, Int64(seconds) * 1_000), at: time)
            }
            return meaning
        }
    }

    private func remembered(_ key: String, at time: Int64) -> DNSList.Meaning? {
        state.withLock { state in
            let known = state.known.update(key, at: time, default: Known(meaning: .notListed, until: 0)) { $0 }
            return known.until > time ? known.meaning : nil
        }
    }

    private func remember(_ key: String, _ meaning: DNSList.Meaning, for span: Int64, at time: Int64) {
        state.withLock { state in
            let known = Known(meaning: meaning, until: time + span)
            state.known.update(key, at: time, default: known) { $0 = known }
        }
    }

    private func note(_ list: DNSList, isFailure: Bool, at time: Int64) {
        state.withLock { state in
            guard isFailure else { return state.breakers[list.zone] = nil }
            var breaker = state.breakers[list.zone] ?? Breaker()
            breaker.failures += 1
            if breaker.failures >= Self.failureLimit {
                breaker.openUntil = time + breaker.wait
                breaker.wait = min(breaker.wait * 2, Self.longestWait)
            }
            state.breakers[list.zone] = breaker
        }
    }
}
