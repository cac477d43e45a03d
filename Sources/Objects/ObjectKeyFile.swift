// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The keys in force: another key file is read within a second of its coming, a bad one never takes the place of a good one.
package final class ObjectKeyFile: Sendable {
    /// Long enough that nobody sees the look, short enough that a rotation needs no restart.
    private static let interval = Duration.milliseconds(500)
    /// 255 keys have some 20 KiB.
    private static let sizeLimit = 256 * 1_024

    private struct Held {
        var keys: ObjectKeys
        /// Nanoseconds since 1970.
        var changed: Int?
        var nextLook: ContinuousClock.Instant
    }

    package let path: String
    private let held: Mutex<Held>

    /// Reads the file; nobody but owner and group may be able to read it.
    package init(path: String) throws(ObjectError) {
        self.path = path
        let changed = ObjectNames.changed(path)
        held = Mutex(
            Held(keys: try Self.load(path), changed: changed, nextLook: .now.advanced(by: Self.interval)))
    }

    package func current() -> ObjectKeys {
        held.withLock { held in
            let now = ContinuousClock.now
            guard now >= held.nextLook else { return held.keys }
            held.nextLook = now.advanced(by: Self.interval)
            let changed = ObjectNames.changed(path)
            guard changed != held.changed, let keys = try? Self.load(path) else { return held.keys }
            held.changed = changed
            held.keys = keys
            return keys
        }
    }

    private static func load(_ path: String) throws(ObjectError) -> ObjectKeys {
        guard let file = try ObjectFile.read(path) else {
            throw ObjectError("\(path): no such file ('rearguard object init' makes one)")
        }
        guard file.mode & 0o007 == 0 else {
            throw ObjectError("\(path): expected a file that only owner and group can read (chmod 640)")
        }
        guard file.size <= sizeLimit else { throw ObjectError("\(path): expected at most \(sizeLimit) bytes") }
        return try ObjectKeys(text: try file.read(file.size), name: path)
    }
}
