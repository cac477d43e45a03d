// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Mail

/// What rearguard-click answers.
package struct ClickLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    /// One click; the URL stands in the journal, not here.
    package func answered(
        click: String, reference: MessageReference, ordinal: Int, outcome: String, verdict: String, client: String
    ) {
        write(
            .info, "click.answered",
            [
                "click": click, "reference": reference, "ordinal": ordinal, "outcome": outcome, "verdict": verdict,
                "client": client,
            ])
    }

    /// A token that does not verify; the client sees the same dull page whatever is wrong.
    package func refused(client: String, reason: String) {
        write(.info, "click.refused", ["client": client, "reason": reason])
    }

    /// The click could not be journaled, and the browser was told to try again.
    package func failed(client: String, cause: String) {
        write(.error, "click.failed", ["client": client, "cause": cause])
    }

    /// A link is opened, or an address brings bad ones, more often than a person could.
    package func tooMany(client: String) {
        write(.notice, "click.too_many", ["client": client])
    }

    /// A user reported a page, or a link has a crowd; rearguardd makes an alert of it.
    package func alerted(alert: String, kind: String, reference: MessageReference, ordinal: Int, client: String) {
        write(
            .notice, "click.alert",
            ["alert": alert, "kind": kind, "reference": reference, "ordinal": ordinal, "client": client])
    }

    /// A DNS list says that it may not be asked: a public resolver, too many questions.
    package func dnsListRefused(list: String, answer: String) {
        write(.warning, "click.dns_list_refused", ["list": list, "answer": answer])
    }

    /// There is no verdict index: followed, or warned about when `click.strict` is set.
    package func unjudged(click: String, reference: MessageReference, warned: Bool) {
        write(.warning, "click.unjudged", ["click": click, "reference": reference, "warned": warned])
    }
}
