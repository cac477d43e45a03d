// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Dispatch
package import Foundation
package import Signatures
import Synchronization

/// The rules of a folder as they are in force: read anew when a file in it changed, and kept as they were when what stands
/// there now cannot be compiled.
package final class RuleFiles: Sendable {
    /// Rules in force.
    package struct Held: Sendable {
        /// The digest of all their texts.
        package let version: String
        package let set: RuleSet
        package let catalogue: RuleCatalogue
    }

    private struct State {
        var held: Held?
        var seen: [String: [Int]] = [:]
        var nextLook = ContinuousClock.now + RuleFiles.pause
    }

    private static let pause = Duration.seconds(2)

    private let folder: URL
    private let state = Mutex(State())

    package init(folder: URL) {
        self.folder = folder
    }

    /// Looks at the folder; throws when what stands there now cannot be used.
    package func current() throws -> Held {
        let seen = try FolderStamps.of(folder)
        let before = state.withLock { $0 }
        if let held = before.held, before.seen == seen { return held }
        let read = try RuleFolder(folder)
        if !read.faults.isEmpty { throw RuleSetError(read.faults) }
        let set = try RuleSet(read.sources)
        var hash = SHA256()
        for source in read.sources {
            let head = Array("\(source.name)\0\(source.text.count)\0".utf8)
            hash.update(head.span)
            hash.update(source.text.span)
        }
        let held = Held(
            version: Hex.encode(hash.digest()).text, set: set,
            catalogue: RuleCatalogue(read.sources, compiledAs: set))
        state.withLock { ($0.held, $0.seen) = (held, seen) }
        return held
    }

    /// What is in force; has somebody look at the folder, every few seconds, while the caller goes on.
    package func watched() throws -> Held {
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            guard now >= state.nextLook else { return false }
            state.nextLook = now + Self.pause
            return true
        }
        // A folder that cannot be used leaves in force what was; rearguardd tells of it.
        if isDue { DispatchQueue.global().async { _ = try? self.current() } }
        return try held()
    }

    /// What is in force, without a look.
    package func held() throws -> Held {
        if let held = state.withLock({ $0.held }) { return held }
        return try current()
    }
}
