// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console

/// Whose data `click erase` and `object erase` erase: one message's or one recipient's, never both or all.
struct EraseOptions: ParsableArguments {
    @Option(help: "The message (the part of X-Rearguard-Id before the dot).") var message: String?
    @Option(help: "The recipient's address.") var recipient: String?
    @Option(help: "Why, for the audit trail.") var reason: String?

    var request: EraseRequest { EraseRequest(message: message, recipient: recipient, actor: actor, reason: reason) }

    func validate() throws {
        guard (message == nil) != (recipient == nil) else {
            throw ValidationError("expected either --message or --recipient")
        }
    }
}
