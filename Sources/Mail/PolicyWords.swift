// SPDX-License-Identifier: Apache-2.0

// The words of a site's mail policy: what the configuration says, what inspection does, what records tell. Here, because
// Settings and Inspection both speak them and may not import one another.

/// What is done with the links of a message.
package enum PolicyMode: String, Hashable, Sendable, CaseIterable {
    /// They are found, recorded, judged and replaced.
    case rewrite
    /// They are found, recorded and judged only: the way to introduce Rearguard.
    case monitor
    /// The message is recorded with its envelope, and not looked into.
    case off
}

/// Which way a message goes, as seen from the site.
package enum MailDirection: String, Hashable, Sendable, CaseIterable {
    /// From outside.
    case inbound
    /// From inside, and at least one recipient is outside.
    case outbound
    /// From inside, to recipients inside only.
    case `internal`
}

/// The parts of a message whose links are replaced.
package enum PolicyPart: String, Hashable, Sendable, CaseIterable {
    /// text/html and what clients show like it (XHTML, SVG, AMP).
    case html
    /// text/plain and every other text that clients show as it stands.
    case text
    /// text/calendar.
    case calendar
    /// Any of these sent as an attachment: many clients show such parts in line.
    case attached
}

/// How a rewritten link stands in plain text.
package enum TextStyle: String, Hashable, Sendable, CaseIterable {
    /// The link alone.
    case plain
    /// In angle brackets (RFC 3986, appendix C), so that what follows it is not taken for a part of it.
    case angle
}

/// What becomes of links of a kind that a site may trust.
package enum LinkTreatment: String, Hashable, Sendable, CaseIterable {
    case leave, rewrite
}

/// What becomes of style sheets and fonts that a message loads from elsewhere.
package enum StyleTreatment: String, Hashable, Sendable, CaseIterable {
    case leave, remove
}

/// What becomes of a message that holds something known to be malicious.
package enum MaliciousAnswer: String, Hashable, Sendable, CaseIterable {
    case hold, reject, discard
    /// Delivered with a header field that says so.
    case tag
    /// Delivered as any other.
    case deliver
}

/// What becomes of a message that mail clients read differently, with links we cannot reach in all readings.
package enum AmbiguityAnswer: String, Hashable, Sendable, CaseIterable {
    case hold, tempfail, reject
    /// Delivered with all links dead; held when even that does not reach every reading.
    case neutralise
}

/// What becomes of a message that cannot be followed to its end: a limit, a fault of ours.
package enum UnreadAnswer: String, Hashable, Sendable, CaseIterable {
    case hold, tempfail, reject
    /// Delivered as it came, recorded with the reason.
    case pass
}
