// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The list of seen domains in force: looks now and then whether the file was replaced, and maps the new one.
///
/// A bad file never takes the place of a good one; without any, nobody knows what is new.
package final class SeenDomainsFile: Sendable {
    private struct Held {
        var domains: SeenDomains?
        var seen: FileIdentity?
        var nextLook: ContinuousClock.Instant
    }

    private let path: String
    private let interval: Duration
    private let held: Mutex<Held>

    package init(path: String, checkEvery interval: Duration = .seconds(1)) {
        self.path = path
        self.interval = interval
        held = Mutex(Held(nextLook: .now))
    }

    /// The list in force; nil when there never was a good one.
    package func current() -> SeenDomains? {
        let now = ContinuousClock.now
        let (domains, seen, isDue) = held.withLock { held in
            let isDue = now >= held.nextLook
            if isDue { held.nextLook = now.advanced(by: interval) }
            return (held.domains, held.seen, isDue)
        }
        guard isDue, let found = FileIdentity(path: path), found != seen else { return domains }
        let fresh = try? SeenDomains(path: path)
        held.withLock { held in
            held.seen = found
            held.domains = fresh ?? held.domains
        }
        return fresh ?? domains
    }
}
