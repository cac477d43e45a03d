// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Synchronization

/// The key ring in force: looks whether the key file was replaced, and reads the new one.
///
/// So a rotation needs no restart of milter or redirector. Asking takes one lock and no system call, but every
/// `interval` one of those who ask goes and looks, while the others go on with what they have. A bad file never takes
/// the place of a good one.
package final class KeyRingFile: Sendable {
    /// What is in force, and what is wrong with the file as it stands, if anything.
    package struct State: Sendable {
        package let keys: KeyRing
        package let problem: KeyRingError?
        /// Counts the rings that came into force.
        package let generation: Int
    }

    private struct Identity: Equatable {
        let file: UInt64
        let size: UInt64
        let changed: Date
    }

    private struct Held {
        var state: State
        var identity: Identity?
        var nextLook: ContinuousClock.Instant
        var isLooking = false
    }

    private let path: String
    private let interval: Duration
    private let held: Mutex<Held>

    /// Reads the file; a missing or bad one is thrown here, and later only told by `state`.
    package init(path: String, checkEvery interval: Duration = .milliseconds(200)) throws(KeyRingError) {
        self.path = path
        self.interval = interval
        // Looked at before it is read: when it is replaced between the two, the next look sees another file.
        let identity = Self.identity(of: path)
        let keys = try KeyRing.load(path: path)
        held = Mutex(
            Held(
                state: State(keys: keys, problem: nil, generation: 0), identity: identity,
                nextLook: .now.advanced(by: interval)))
    }

    /// The ring in force.
    package func current() -> KeyRing { state().keys }

    /// The ring in force and what is wrong with the file.
    package func state() -> State {
        let now = ContinuousClock.now
        let (state, seen, isMine) = held.withLock { held in
            let isMine = !held.isLooking && now >= held.nextLook
            if isMine {
                held.isLooking = true
                held.nextLook = now.advanced(by: interval)
            }
            return (held.state, held.identity, isMine)
        }
        return isMine ? look(state, seen) : state
    }

    /// Runs in one thread at a time, outside of the lock.
    private func look(_ before: State, _ seen: Identity?) -> State {
        let found = Self.identity(of: path)
        guard found == nil || found != seen else { return publish(before, seen) }
        do {
            return publish(
                State(keys: try KeyRing.load(path: path), problem: nil, generation: before.generation + 1), found)
        } catch {
            return publish(State(keys: before.keys, problem: error, generation: before.generation), found)
        }
    }

    private func publish(_ state: State, _ identity: Identity?) -> State {
        held.withLock { held in
            held.state = state
            held.identity = identity
            held.isLooking = false
        }
        return state
    }

    private static func identity(of path: String) -> Identity? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let file = attributes[.systemFileNumber] as? any BinaryInteger,
            let size = attributes[.size] as? any BinaryInteger,
            let changed = attributes[.modificationDate] as? Date
        else { return nil }
        return Identity(file: UInt64(clamping: file), size: UInt64(clamping: size), changed: changed)
    }
}
