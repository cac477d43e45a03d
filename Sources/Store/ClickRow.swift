// SPDX-License-Identifier: Apache-2.0

import Records

/// One use of a rewritten link.
package struct ClickRow: Codable, Hashable, Sendable {
    package let id: String
    /// Milliseconds since 1970, UTC.
    package let at: Int64
    package let reference: String
    package let ordinal: Int64
    /// The recipient's number in the message, from 1; 0 when the message had several.
    package let recipient: Int64
    /// The recipient's address; nil when the message had several or is not known yet.
    package let address: String?
    package let url: String
    package let urlID: Int64
    /// `allowed`, `asked`, `pending`, `warned`, `proceeded` or `blocked`.
    package let outcome: String
    /// The verdict at the time.
    package let verdict: String
    /// The numbers of the indicators behind that verdict.
    package let indicators: [Int64]
    package let method: String
    package let client: String
    package let userAgent: String?
    /// Why the outcome is what it is, such as `indicator` or `look_alike: example.org`.
    package let reasons: [String]
    /// Other vendors' wrappers around the target, the outermost first.
    package let wrappers: [String]
    /// The innermost URL behind them.
    package let innerURL: String?
    /// What the click looks like: `human`, `scanner`, `preview`, `simulation`, `unknown`; whose link it is says `recipient`.
    package let clicker: String?
    /// What that guess rests on.
    package let clickerReason: String?
    /// `inside` or `outside`; nil when the site does not ask.
    package let audience: String?
    /// The request's fields that guesses rest on, raw: `name: value`.
    package let fields: [String]
    /// The day on which the link was made, as days since 2020-01-01: what the redirector knows of the delivery.
    package let issued: Int64?
    /// When the message passed the milter, milliseconds since 1970, UTC: exact; nil when it is not known (yet).
    package let deliveredAt: Int64?

    /// Whether somebody saw a page and went on.
    package var isProceeded: Bool { outcome == ClickRecord.Outcome.proceeded.rawValue }

    /// Whether the browser was sent to the target.
    package var isLetThrough: Bool { ClickRecord.Outcome(rawValue: outcome)?.isLetThrough ?? false }

    /// Milliseconds from the delivery within which a person has not read a message and opened a link of it; gateways, which
    /// look before they let it through, have.
    private static let readingTime = 5_000

    private static let isTooSoon =
        "clicks.clicker IN ('human', 'unknown') AND clicks.at - messages.at BETWEEN 0 AND \(readingTime - 1)"

    /// The redirector's guess, put right by the time since delivery: the redirector knows the day only, and which of the
    /// two records comes first into the store is open.
    static let clicker = "CASE WHEN \(isTooSoon) THEN 'scanner' ELSE clicks.clicker END"

    private static let clickerReason = """
        CASE WHEN \(isTooSoon) THEN ((clicks.at - messages.at) / 1000) || ' s after delivery; else ' || clicks.clicker
            || ': ' || COALESCE(clicks.clicker_reason, '') ELSE clicks.clicker_reason END
        """

    static let columns = """
        clicks.id, clicks.at, clicks.reference, clicks.ordinal, clicks.recipient, recipients.address, urls.url, urls.id,
        clicks.outcome, clicks.verdict, clicks.indicators, clicks.method, clicks.client, clicks.user_agent,
        clicks.reasons, clicks.wrappers, clicks.inner_url, \(clicker), \(clickerReason), clicks.audience,
        clicks.fields, clicks.issued, messages.at
        """

    init(_ row: SQLRow) throws(StoreError) {
        id = try row.text(0)
        at = try row.integer(1)
        reference = try row.text(2)
        ordinal = try row.integer(3)
        recipient = try row.integer(4)
        address = try row.optionalText(5)
        url = try row.text(6)
        urlID = try row.integer(7)
        outcome = try row.text(8)
        verdict = try row.text(9)
        indicators = try row.text(10).split(separator: ",").compactMap { Int64($0) }
        method = try row.text(11)
        client = try row.text(12)
        userAgent = try row.optionalText(13)
        reasons = try row.lines(14)
        wrappers = try row.lines(15)
        innerURL = try row.optionalText(16)
        clicker = try row.optionalText(17)
        clickerReason = try row.optionalText(18)
        audience = try row.optionalText(19)
        fields = try row.lines(20)
        issued = try row.optionalInteger(21)
        deliveredAt = try row.optionalInteger(22)
    }
}

extension SQLRow {
    /// A list that was kept a line each; empty for NULL.
    func lines(_ column: Int) throws(StoreError) -> [String] {
        try optionalText(column)?.split(separator: "\n").map { String($0) } ?? []
    }
}

extension SQLValue {
    /// A list, a line each; NULL for none.
    ///
    /// A line feed within an item becomes a space, so that it stays one.
    static func lines(_ items: [String]?) -> SQLValue {
        guard let items, !items.isEmpty else { return .null }
        return .kept(items.map { String($0.map { $0.isNewline ? " " : $0 }) }.joined(separator: "\n"))
    }
}
