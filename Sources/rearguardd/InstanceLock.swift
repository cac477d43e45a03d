// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One rearguardd per state directory: two of them would carry out the same actions side by side.
///
/// Road not taken: the admin socket as the lock. It is opened last, when investigations run already.
enum InstanceLock {
    private static let name = "rearguardd.lock"

    /// Takes the directory for the life of this process.
    ///
    /// The descriptor is never closed: the kernel gives the lock back whichever way the process ends.
    static func take(_ directory: String) throws(InstanceError) {
        let path = "\(directory)/\(name)"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else {
            throw InstanceError(description: "cannot open \(path): \(unsafe String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw InstanceError(description: "another rearguardd works in \(directory)")
        }
    }
}

/// Why this process may not work in the state directory.
struct InstanceError: Error, CustomStringConvertible {
    let description: String
}
