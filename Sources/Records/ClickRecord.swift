// SPDX-License-Identifier: Apache-2.0

package import Mail

/// One use of a rewritten link.
package struct ClickRecord: Codable, Hashable, Sendable {
    /// What the redirector answered.
    package enum Outcome: String, Codable, Sendable {
        /// 302 to the target.
        case allowed
        /// The warning page.
        case warned
        /// 302 after the warning page, by POST.
        case proceeded
        /// The block page.
        case blocked
    }

    package var type = "click"
    package var v = 1
    /// 16 small hexadecimal digits, random: the record's name for ever.
    package var id: String
    /// Milliseconds since 1970, UTC.
    package var at: Int64
    package var reference: MessageReference
    /// The link's number in the message.
    package var ordinal: Int
    /// The recipient's number in the message, from 1; 0 when the message had several.
    package var recipient: Int
    /// The URL as a browser opens it, as in `LinkRecord.url`.
    package var url: String
    package var outcome: Outcome
    /// The verdict at the time: `unknown`, `suspicious`, `malicious`.
    package var verdict: String
    /// The indicators behind the verdict, by number.
    package var indicators: [Int64]
    /// GET, HEAD or POST.
    package var method: String
    package var client: String
    package var userAgent: String?

    package init(
        id: String, at: Int64, reference: MessageReference, ordinal: Int, recipient: Int, url: String, outcome: Outcome,
        verdict: String, indicators: [Int64], method: String, client: String, userAgent: String?
    ) {
        self.id = id
        self.at = at
        self.reference = reference
        self.ordinal = ordinal
        self.recipient = recipient
        self.url = url
        self.outcome = outcome
        self.verdict = verdict
        self.indicators = indicators
        self.method = method
        self.client = client
        self.userAgent = userAgent
    }
}
