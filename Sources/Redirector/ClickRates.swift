// SPDX-License-Identifier: Apache-2.0

import LinkTokens
import Mail
import Synchronization
import Web

/// What is remembered of the last minutes: how often a link was opened, from how many addresses, and how often an
/// address came with tokens that are not ours.
///
/// In memory only, bounded, forgotten at a restart: it slows floods down and notices crowds, it proves nothing.
package final class ClickRates: Sendable {
    package struct Limits: Sendable {
        /// Times a link made for one recipient may be opened in a minute: a person and their scanners need some; 0: any.
        package var perLink = 120
        /// Tokens that are not ours that one address may bring in a minute; 0: any.
        package var invalidPerAddress = 60
        /// Addresses from which a link made for one recipient may be opened in an hour before it is called a crowd; 0:
        /// never.
        package var addressesPerLink = 50

        package init() {}
    }

    /// What is known about a click now.
    struct Seen {
        /// The link is over its rate.
        var isTooMany = false
        /// How many different links of the message this address opened within the last seconds.
        var linksInARow = 1
        /// The link has just gone over its number of addresses.
        var crowd: Int?
    }

    private struct Link: Hashable {
        let reference: UInt64
        let ordinal: Int
        let recipient: Int
    }

    private struct Visitor: Hashable {
        let reference: UInt64
        let client: String
    }

    private struct Crowd {
        var addresses: Set<Int> = []
        var isTold = false
    }

    private struct State {
        var opened: Window<Link, Int>
        var invalid: Window<String, Int>
        var crowds: Window<Link, Crowd>
        var rows: Window<Visitor, UInt64>
    }

    private let limits: Limits
    private let state: Mutex<State>

    /// Entries of each kind that are remembered: some 100 bytes each.
    private static let entryLimit = 50_000
    private static let minute: Int64 = 60_000
    /// How many times more a link may be used that several recipients got: how many they are does not stand in it.
    private static let sharedFactor = 50
    /// A person who opens every link of a message takes longer than this from the first to the fourth.
    private static let row: Int64 = 8_000

    package init(limits: Limits) {
        self.limits = limits
        state = Mutex(
            State(
                opened: Window(span: Self.minute, limit: Self.entryLimit),
                invalid: Window(span: Self.minute, limit: Self.entryLimit),
                crowds: Window(span: 60 * Self.minute, limit: Self.entryLimit),
                rows: Window(span: Self.row, limit: Self.entryLimit)))
    }

    /// Whom a limit is about: of IPv6 one host has all addresses of a /64.
    private static func subscriber(_ client: String) -> String {
        guard client.utf8.contains(UInt8(ascii: ":")) else { return client }
        return NetworkAddress(client)?.subscriber.description ?? client
    }

    private static func link(_ token: LinkToken) -> Link {
        Link(reference: token.reference.bits, ordinal: token.ordinal, recipient: token.recipient)
    }

    private static func factor(_ token: LinkToken) -> Int { token.recipient == 0 ? sharedFactor : 1 }

    /// Counts one opening of the link; true when there were too many in the last minute.
    func isTooMany(_ token: LinkToken, at time: Int64) -> Bool {
        state.withLock { isTooMany(token, at: time, in: &$0) }
    }

    private func isTooMany(_ token: LinkToken, at time: Int64, in state: inout State) -> Bool {
        guard limits.perLink > 0 else { return false }
        let count = state.opened.update(Self.link(token), at: time, default: 0) { count in
            count += 1
            return count
        }
        return count > limits.perLink * Self.factor(token)
    }

    func seen(_ token: LinkToken, from client: String, at time: Int64) -> Seen {
        // Of a network people, each of whom opens another link, would be a scanner: here the address itself counts.
        let visitor = Visitor(reference: token.reference.bits, client: client)
        let subscriber = Self.subscriber(client)
        let mark = UInt64(1) << UInt64(token.ordinal & 63)
        return state.withLock { state in
            var seen = Seen()
            seen.isTooMany = isTooMany(token, at: time, in: &state)
            seen.linksInARow = state.rows.update(visitor, at: time, default: 0) { links in
                links |= mark
                return links.nonzeroBitCount
            }
            guard limits.addressesPerLink > 0 else { return seen }
            let limit = limits.addressesPerLink * Self.factor(token)
            seen.crowd = state.crowds.update(Self.link(token), at: time, default: Crowd()) { crowd in
                guard !crowd.isTold else { return nil }
                crowd.addresses.insert(subscriber.hashValue)
                guard crowd.addresses.count > limit else { return nil }
                defer { crowd = Crowd(addresses: [], isTold: true) }
                return crowd.addresses.count
            }
            return seen
        }
    }

    /// Counts a token that is not ours; true when the address has brought too many.
    func isFlood(from client: String, at time: Int64) -> Bool {
        guard limits.invalidPerAddress > 0 else { return false }
        let client = Self.subscriber(client)
        return state.withLock { state in
            let count = state.invalid.update(client, at: time, default: 0) { count in
                count += 1
                return count
            }
            return count > limits.invalidPerAddress
        }
    }
}
