// SPDX-License-Identifier: Apache-2.0

// Feeds: what others say about URLs, domains and files, fetched by schedule and put in force with care.
//
// A run has four steps, and each leaves a state that the next start goes on from. The content is fetched into a file of
// its own (never into memory; a server that says "not modified" ends the run). It is read in a stream, chunk by chunk,
// into the store's table of items; a line that cannot be read is counted and the first ones are kept to be shown, it
// never ends the run. Then the difference to what stands is weighed: a feed that suddenly changes most of what it says,
// or would hold something against much of the mail that came lately, is held and raises an alert, and what was in force
// stays in force until a person decides. Only then are items admitted and withdrawn, a thousand in one transaction, so
// that no list holds up ingest; the verdict index follows by the changes' numbers, the look-back by its mark.
//
// Formats are readers that take bytes and give entries: no I/O, no clock, bounded memory. Road not taken: Foundation's
// JSON decoding (a dump of 200 MB is read whole, and one bad value loses all of it).

package import Verdicts

/// How a feed's content is written.
package enum FeedFormat: String, Hashable, Sendable, CaseIterable {
    /// One URL, domain or SHA-256 a line; `#` and `;` begin comments.
    case urls, domains, hashes
    /// `0.0.0.0 host` lines.
    case hosts
    /// A response policy zone.
    case rpz
    case urlhausCSV = "urlhaus-csv"
    case urlhausJSON = "urlhaus-json"
    case phishtankCSV = "phishtank-csv"
    case phishtankJSON = "phishtank-json"
    case openphish
    /// A MISP feed: `manifest.json` and one file for each event.
    case misp
    case mispWarninglist = "misp-warninglist"
    /// A STIX 2.1 bundle.
    case stix
    /// STIX 2.1 objects of a TAXII 2.1 collection.
    case taxii
    /// CSV with a column map.
    case csv

    /// Whether a run brings only what is new: what it does not list stays until it expires.
    var isIncremental: Bool { self == .misp || self == .taxii }
}

/// What a feed is for.
package enum FeedRole: String, Hashable, Sendable, CaseIterable {
    /// Its entries are held against what they cover.
    case block
    /// It vouches for what its entries cover; that beats every feed of role `block`.
    case allow
    /// No feed may hold anything against exactly these names (warninglists); what is below them may still be bad.
    case shield = "guard"
}

/// The columns of a CSV feed, by their names in the first row or by number from 1.
package struct FeedColumns: Hashable, Sendable {
    package var value: String
    /// Nil: every value is of the feed's kind.
    package var kind: String?
    package var reason: String?

    package init(value: String, kind: String? = nil, reason: String? = nil) {
        self.value = value
        self.kind = kind
        self.reason = reason
    }
}

/// One configured feed.
package struct FeedSource: Hashable, Sendable {
    package var name: String
    package var format: FeedFormat
    /// `https://…`, `http://…`, or the absolute path of a file.
    package var location: String
    package var role = FeedRole.block
    /// What an entry is called.
    package var verdict = Verdict.malicious
    /// From 0 to 100: how far the feed is believed; below 50 an entry is suspicious at most.
    package var confidence = 75
    /// Entries that say themselves how sure they are (STIX) count from here on.
    package var confidenceAtLeast = 0
    package var every = Duration.seconds(3_600)
    /// How long an entry holds after it was listed last; nil: until the feed lists it no more.
    package var expiresAfter: Duration?
    /// Bytes of the content.
    package var sizeLimit = 256 * 1_024 * 1_024
    /// Percent of the standing entries that one run may add or withdraw.
    package var changeLimit = 50
    /// Percent of the messages delivered lately that new entries may cover.
    package var mailLimit = 5
    package var timeout = Duration.seconds(120)
    package var columns: FeedColumns?
    /// For `csv`: what its values are.
    package var kind = Indicator.Kind.url
    /// A header field for the request (`Auth-Key: …`, `Authorization: …`); secret.
    package var credential: String?

    package init(name: String, format: FeedFormat, location: String) {
        self.name = name
        self.format = format
        self.location = location
    }

    var isFile: Bool { location.hasPrefix("/") }

    /// What an entry's verdict is; `confidence` is the entry's own, if it has one.
    func verdict(confidence own: Int?) -> Verdict {
        guard role == .block else { return .clean }
        let confidence = min(confidence, own ?? 100)
        return confidence < 50 ? min(verdict, .suspicious) : verdict
    }
}

/// What a reader found: one thing a feed says.
struct FeedEntry: Hashable, Sendable {
    var kind: Indicator.Kind
    var value: [UInt8]
    var reason: String?
    /// From 0 to 100, if the feed says so.
    var confidence: Int?
    /// Milliseconds since 1970, UTC.
    var expiresAt: Int64?
    /// When it begins to hold, if the feed says so.
    var validFrom: Int64?
    /// The feed takes it back.
    var isRevoked = false
    /// The feed vouches for it, whatever its role.
    var isClean = false
}

/// What a reader makes of bytes.
struct FeedFindings: Sendable {
    var entries: [FeedEntry] = []
    /// What could not be read: place and reason.
    var bad: [(place: String, reason: String)] = []
    /// What is well-formed and of no use to us (an e-mail address, an IP range): counted, not shown.
    var unused = 0
    /// Where to go on (`next` of TAXII, events of a MISP manifest).
    var leads: [FeedLead] = []

    mutating func bad(_ place: String, _ reason: String) { bad.append((place, reason)) }
}

/// What one document says of others.
enum FeedLead: Hashable, Sendable {
    /// There are more objects; the token for the next page, if there is one.
    case more(next: String?)
    /// An event of a MISP feed.
    case event(uuid: String, timestamp: Int64)
}

/// Reads a feed's bytes chunk by chunk.
protocol FeedReader {
    /// Reads the next bytes; throws only when nothing behind them can be understood.
    mutating func read(_ bytes: Span<UInt8>, into findings: inout FeedFindings) throws(FeedFault)
    /// The content has ended.
    mutating func end(into findings: inout FeedFindings) throws(FeedFault)
}

/// Why a run did not succeed.
package struct FeedFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
