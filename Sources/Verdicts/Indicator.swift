// SPDX-License-Identifier: Apache-2.0

/// An observable pattern someone calls bad (or vouches for), with source and validity (STIX 2.1, section 4.7).
package struct Indicator: Codable, Hashable, Sendable {
    /// What the pattern is about.
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// One page, or all below a path that ends in `/`; subdomains included, as in Safe Browsing expressions.
        case url
        /// A host and all below it.
        case domain
        /// The SHA-256 of an attachment.
        case file
    }

    /// Counts from 1; 0 until the store has given one.
    package var number: Int64
    package var kind: Kind
    /// What is looked up: the canonical expression (`host/path`, `host/`), or the hexadecimal digits of a digest.
    package var pattern: String
    /// As it was entered.
    package var value: String
    package var verdict: Verdict
    /// Who says so: `admin`, a feed's name.
    package var source: String
    package var reason: String?
    /// Milliseconds since 1970, UTC.
    package var createdAt: Int64
    /// Milliseconds since 1970, UTC; nil: stays until removed.
    package var expiresAt: Int64?

    /// The source of what people of this site say.
    package static let personalSource = "admin"

    /// Whether a person of this site says so, rather than a feed.
    package var isPersonal: Bool { source == Self.personalSource }

    package init(
        number: Int64, kind: Kind, pattern: String, value: String, verdict: Verdict, source: String, reason: String?,
        createdAt: Int64, expiresAt: Int64?
    ) {
        self.number = number
        self.kind = kind
        self.pattern = pattern
        self.value = value
        self.verdict = verdict
        self.source = source
        self.reason = reason
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
