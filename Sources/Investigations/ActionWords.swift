// SPDX-License-Identifier: Apache-2.0

package import Playbooks
import Store

extension ActionKind {
    /// What it does, in words.
    package var words: String { words("these messages") }

    /// `move 3 copies to quarantine`; with an `ending` of `s`, that it does so.
    func words(_ object: String, ending: String = "") -> String {
        let (verb, rest) = imperative
        return "\(verb)\(ending) \(object) \(rest)"
    }

    private var imperative: (verb: String, rest: String) {
        switch self {
        case .quarantineMessages: ("move", "to quarantine")
        case .junkMessages: ("move", "to the junk folder")
        case .inboxMessages: ("move", "to the inbox")
        case .softDeleteMessages: ("move", "to the trash")
        case .hardDeleteMessages: ("delete", "for good")
        case .releaseMessages, .restoreMessages: ("put", "back")
        }
    }

    /// What it did with a copy, and how a copy was that needed nothing.
    fileprivate var participles: (done: String, before: String) {
        switch self {
        case .quarantineMessages: ("moved to quarantine", "in quarantine before")
        case .junkMessages: ("moved to junk", "in junk or quarantine before")
        case .inboxMessages: ("moved to the inbox", "in the inbox before, or in quarantine")
        case .softDeleteMessages: ("moved to the trash", "in the trash or quarantine before")
        case .hardDeleteMessages: ("deleted", "deleted before")
        case .releaseMessages, .restoreMessages: ("put back", "back before")
        }
    }
}

/// The result of an action in words.
enum ActionSummary {
    /// `3 copies moved to quarantine, 1 copy in quarantine before, 1 copy gone before we came`.
    static func sentence(_ kind: ActionKind, _ targets: [TargetRow]) -> String {
        let (done, before) = kind.participles
        let words: [(TargetState, String)] = [
            (.done, done), (.alreadyThere, before), (.notFound, "gone before we came"), (.failed, "failed"),
        ]
        let parts = words.compactMap { state, word -> String? in
            let number = targets.count { $0.state == state }
            return number == 0 ? nil : "\(count(number, "copy", "copies")) \(word)"
        }
        return parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")
    }
}
