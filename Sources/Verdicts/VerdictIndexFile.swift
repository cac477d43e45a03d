// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The verdict index in force: looks whether the file was replaced, and maps the new one.
///
/// Made for many threads that ask at every click and every message: asking takes one lock and no system call, but every
/// `interval` one of them goes and looks (one `stat`), while the others go on with what they have. The old mapping
/// lives as long as somebody judges with it. A bad file never takes the place of a good one.
package final class VerdictIndexFile: Sendable {
    /// What is in force, and what is wrong with the file, if anything.
    package struct State: Sendable {
        /// The last good index; nil when there never was one.
        package let index: VerdictIndex?
        /// Why the file as it stands now is not in force.
        package let problem: VerdictIndexError?
    }

    private struct Held {
        var index: VerdictIndex?
        var problem: VerdictIndexError?
        /// The file the two above come from.
        var identity: FileIdentity?
        var nextLook: ContinuousClock.Instant
        var isLooking = false
    }

    private let path: String
    private let interval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let held: Mutex<Held>

    /// Maps the file at once; a missing or bad one is told by `state`, not thrown.
    package init(
        path: String, checkEvery interval: Duration = .milliseconds(200),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.path = path
        self.interval = interval
        self.now = now
        held = Mutex(Held(nextLook: now()))
        _ = current()
    }

    /// The index in force; nil when there never was a good one.
    package func current() -> VerdictIndex? { state().index }

    /// The index in force and what is wrong with the file.
    package func state() -> State {
        let now = now()
        let (state, seen, isMine) = held.withLock { held in
            let isMine = !held.isLooking && now >= held.nextLook
            if isMine {
                held.isLooking = true
                held.nextLook = now.advanced(by: interval)
            }
            return (State(index: held.index, problem: held.problem), held.identity, isMine)
        }
        guard isMine else { return state }
        return look(state, seen)
    }

    /// Runs in one thread at a time, outside of the lock: mapping a big index takes some 20 ms.
    private func look(_ state: State, _ seen: FileIdentity?) -> State {
        // Looked at before it is opened: when it is replaced between the two, the next look sees another file.
        let found = FileIdentity(path: path)
        if let found, found == seen { return publish(state, seen) }
        do {
            let index = try VerdictIndex(path: path)
            return publish(State(index: index, problem: nil), index.identity)
        } catch {
            // A damaged file is read again only when it was replaced; what was away or unreadable is tried each time.
            let refused = State(index: state.index, problem: error)
            return publish(refused, error.code == .damaged ? found : nil)
        }
    }

    private func publish(_ state: State, _ identity: FileIdentity?) -> State {
        held.withLock { held in
            held.index = state.index
            held.problem = state.problem
            held.identity = identity
            held.isLooking = false
        }
        return state
    }
}
