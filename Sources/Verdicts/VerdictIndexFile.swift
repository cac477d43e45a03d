// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// The verdict index in force: looks whether one of its two files was replaced, and maps the new one.
///
/// Made for many threads that ask at every click and every message: asking takes one lock and no system call, but every
/// `interval` one of them goes and looks (two `stat`s), while the others go on with what they have. The old mapping
/// lives as long as somebody judges with it. A bad file never takes the place of a good one: a large new one is read
/// and its checksum compared behind the scenes first. Only where there is no good one, at the start, a file is in force
/// by its header while the rest of it is being checked, and goes out of force when that fails.
package final class VerdictIndexFile: Sendable {
    /// What is in force, and what is wrong with the files, if anything.
    package struct State: Sendable {
        /// The last good index; nil when there never was one.
        package let index: VerdictIndex?
        /// Why the files as they stand now are not in force.
        package let problem: VerdictIndexError?
    }

    /// The two files as they were when they were last looked at.
    private struct Seen: Hashable {
        var main: FileIdentity?
        var recent: FileIdentity?
    }

    private struct Held {
        var state: State
        var seen: Seen
        var nextLook: ContinuousClock.Instant
        var isLooking = false
    }

    /// Words that are checked at once: 1 MiB, a tenth of a millisecond.
    static let checkedAtOnce = 128 * 1_024

    private let path: String
    private let interval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let held: Mutex<Held>
    private let checks = DispatchQueue(label: "verdict index checks")

    /// Maps the files at once; a missing or bad one is told by `state`, not thrown.
    package init(
        path: String, checkEvery interval: Duration = .milliseconds(200),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.path = path
        self.interval = interval
        self.now = now
        held = Mutex(Held(state: State(index: nil, problem: nil), seen: Seen(), nextLook: now()))
        _ = current()
    }

    /// The index in force; nil when there never was a good one.
    package func current() -> VerdictIndex? { state().index }

    /// The index in force and what is wrong with its files.
    package func state() -> State {
        let now = now()
        let (state, seen, isMine) = held.withLock { held in
            let isMine = !held.isLooking && now >= held.nextLook
            if isMine {
                held.isLooking = true
                held.nextLook = now.advanced(by: interval)
            }
            return (held.state, held.seen, isMine)
        }
        return isMine ? look(state, seen) : state
    }

    /// Runs in one thread at a time, outside of the lock.
    private func look(_ state: State, _ seen: Seen) -> State {
        // Looked at before they are opened: when one is replaced between the two, the next look sees another file.
        let found = Seen(
            main: FileIdentity(path: path), recent: FileIdentity(path: VerdictIndex.recentPath(beside: path)))
        if found == seen, found.main != nil { return publish(state, seen) }
        guard found.main != seen.main || state.index == nil, found.main != nil || state.index == nil else {
            return found.main == nil
                ? publish(State(index: state.index, problem: missing), seen)
                : take(state.index?.main, state, found, problem: seen.main == found.main ? mainProblem(state) : nil)
        }
        return takeMain(state, found)
    }

    private var missing: VerdictIndexError { VerdictIndexError(.missing, path, "is gone; the last good one stays") }

    /// The problem of the main file, which a look at the other one does not solve.
    private func mainProblem(_ state: State) -> VerdictIndexError? {
        state.problem.flatMap { $0.path == path ? $0 : nil }
    }

    private func takeMain(_ state: State, _ found: Seen) -> State {
        let main: VerdictIndexPart
        do {
            main = try VerdictIndexPart(path: path)
        } catch { return refuse(error, state, found) }
        guard main.size > Self.checkedAtOnce else { return check(main, state, found) }
        if state.index != nil {
            checks.async { [self] in _ = check(main, state, found) }
            return state  // `isLooking` stays set until the check is done
        }
        let begun = take(main, state, found, problem: nil)
        checks.async { [self] in
            do throws(VerdictIndexError) {
                try main.verify()
            } catch { withdraw(main, error) }
        }
        return begun
    }

    private func check(_ main: VerdictIndexPart, _ state: State, _ found: Seen) -> State {
        do {
            try main.verify()
        } catch { return refuse(error, state, found) }
        return take(main, state, found, problem: nil)
    }

    /// The main file as it stands is not used; the last good index stays, with what is new in the list beside it.
    ///
    /// A damaged file is read again only when it was replaced; what was away or unreadable is tried each time.
    private func refuse(_ error: VerdictIndexError, _ state: State, _ found: Seen) -> State {
        var found = found
        if error.code != .damaged { found.main = nil }
        return take(state.index?.main, state, found, problem: error)
    }

    /// A file that was in force by its header alone turned out bad.
    private func withdraw(_ main: VerdictIndexPart, _ error: VerdictIndexError) {
        held.withLock { held in
            guard held.state.index?.main === main else { return }
            held.state = State(index: nil, problem: error)
        }
    }

    /// The main file with the list of recent changes that goes with it.
    ///
    /// A list that is damaged, or belongs to a main index we do not use yet, leaves the one we have in force.
    private func take(
        _ main: VerdictIndexPart?, _ state: State, _ found: Seen, problem: VerdictIndexError?
    ) -> State {
        guard let main else { return publish(State(index: nil, problem: problem), found) }
        var (found, problem) = (found, problem)
        let before = state.index?.recent.flatMap { VerdictIndex.fits($0, main) ? $0 : nil }
        var recent = before
        if found.recent != nil, found.recent != before?.identity {
            do {
                let list = try VerdictIndexPart(path: VerdictIndex.recentPath(beside: path))
                try list.verify()
                if VerdictIndex.fits(list, main) {
                    recent = list
                } else if list.header.origin == main.header.origin {
                    found.recent = nil  // its main index is about to come
                }
            } catch {
                problem = problem ?? error
                if error.code != .damaged { found.recent = nil }
            }
        }
        if let index = state.index, index.main === main, index.recent === recent {
            return publish(State(index: index, problem: problem), found)
        }
        return publish(State(index: VerdictIndex(main: main, recent: recent), problem: problem), found)
    }

    private func publish(_ state: State, _ seen: Seen) -> State {
        held.withLock { held in
            held.state = state
            held.seen = seen
            held.isLooking = false
        }
        return state
    }
}
