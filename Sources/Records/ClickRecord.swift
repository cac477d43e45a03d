// SPDX-License-Identifier: Apache-2.0

package import Mail

/// One use of a rewritten link.
///
/// Fields are only ever added: an older reader passes over them, and a newer one takes a record without them.
package struct ClickRecord: Codable, Hashable, Sendable {
    /// What the redirector answered.
    package enum Outcome: String, Codable, Sendable {
        /// 302 to the target.
        case allowed
        /// The page that shows the target to somebody outside of the site's audience.
        case asked
        /// The page that says the target is still being looked at.
        case pending
        /// The warning page.
        case warned
        /// 302 after a page, by POST.
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
    ///
    /// Whose link it is, not who clicked: that is `clicker`'s guess.
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
    /// The address, its network, or a name for it, as the site's privacy settings say.
    package var client: String
    package var userAgent: String?

    /// Why the outcome is what it is, such as `indicator` or `look_alike: example.org`.
    package var reasons: [String]?
    /// Other vendors' wrappers around the target, the outermost first.
    package var wrappers: [String]?
    /// The innermost URL behind them, as a browser opens it.
    package var innerURL: String?
    /// What the click looks like: `human`, `scanner`, `preview`, `simulation`, `unknown`.
    package var clicker: String?
    /// What that guess rests on.
    package var clickerReason: String?
    /// `inside` or `outside`; nil when the site does not ask.
    package var audience: String?
    /// The request's fields that guesses rest on, raw: `name: value`.
    package var fields: [String]?
    /// The day on which the link was made, as days since 2020-01-01.
    package var issued: Int?

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

    /// The record as JSON, as `Codable` would write it.
    package var json: [UInt8] {
        var out = JSONWriter(capacity: 512 + url.utf8.count)
        out.add("at", at)
        out.add("audience", audience)
        out.add("client", client)
        out.add("clicker", clicker)
        out.add("clickerReason", clickerReason)
        if let fields { out.add("fields", fields) }
        out.add("id", id)
        out.add("indicators", numbers: indicators)
        out.add("innerURL", innerURL)
        if let issued { out.add("issued", issued) }
        out.add("method", method)
        out.add("ordinal", ordinal)
        out.add("outcome", outcome.rawValue)
        if let reasons { out.add("reasons", reasons) }
        out.add("recipient", recipient)
        out.add("reference", reference.description)
        out.add("type", type)
        out.add("url", url)
        out.add("userAgent", userAgent)
        out.add("v", v)
        out.add("verdict", verdict)
        if let wrappers { out.add("wrappers", wrappers) }
        out.close()
        return out.bytes
    }
}
