// SPDX-License-Identifier: Apache-2.0

/// Where mail clients read faulty MIME differently, as switches of the one parser.
///
/// The readings are those of research on real clients ("Composition Kills", 2020; CVE-2024-28054; the survey behind
/// draft-chen-email-mime-ambiguity-defense): a client is one bundle of habits, and a message is safe when all bundles
/// show the same. Road not taken: every combination of switches, which nobody's client has and which costs a parse each.
struct ClientHabits: Hashable, Sendable {
    /// Of several fields with one name, the last counts.
    var takesLastField = false
    /// Of several parameters with one name, the last counts.
    var takesLastParameter = false
    /// A delimiter line need only begin with the boundary (RFC 2046, section 5.1.1), and the outermost multipart is
    /// asked first; a boundary may be empty.
    var matchesPrefix = false
    /// A multipart that names no boundary has the one that its first delimiter line shows.
    var guessesBoundary = false
    /// A CR alone ends a line.
    var endsLinesAtCR = false
    /// `Content-Type : text/html` is a field.
    var allowsSpaceBeforeColon = true
    /// A line of nothing but white space ends the header section.
    var endsHeaderAtWhiteLine = false
    /// The closing delimiter line closes nothing.
    var readsAfterClose = false
    /// Parentheses in structured fields are comments (RFC 822).
    var readsComments = true
    /// A line in a header section that is no field is passed over.
    var skipsJunkLines = false
    /// Backslashes, encoded words, types without subtype and odd encoding names are understood.
    var isLenient = true

    /// What most clients do, and what every other reading is compared with.
    static let first = ClientHabits()
}

/// A bundle of habits with the faults that make it differ from the first reading.
struct ClientKind: Sendable {
    /// For records.
    let name: String
    let habits: ClientHabits
    /// Without one of these in a message, the reading is the first one and is not made.
    let oddities: Oddities

    static let others: [ClientKind] = [
        ClientKind(
            name: "last duplicate",
            habits: ClientHabits(
                takesLastField: true, takesLastParameter: true, allowsSpaceBeforeColon: false,
                endsHeaderAtWhiteLine: true),
            oddities: [.duplicateField, .duplicateParameter, .spaceBeforeColon, .whiteLine]),
        ClientKind(
            name: "boundary by prefix", habits: ClientHabits(takesLastParameter: true, matchesPrefix: true),
            oddities: [.boundaryPrefix, .sameBoundary, .emptyBoundary, .duplicateParameter]),
        ClientKind(
            name: "guessed boundary", habits: ClientHabits(guessesBoundary: true), oddities: [.missingBoundary]),
        ClientKind(
            name: "bare CR", habits: ClientHabits(takesLastField: true, endsLinesAtCR: true), oddities: [.bareCR]),
        ClientKind(
            name: "parts after the close", habits: ClientHabits(readsAfterClose: true, readsComments: false),
            oddities: [.partAfterClose, .comment]),
        ClientKind(
            name: "no leniency", habits: ClientHabits(skipsJunkLines: true, isLenient: false),
            oddities: [.junkLine, .leniency]),
    ]
}

/// Faults that a parser met, each of which makes some clients read differently.
struct Oddities: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let duplicateField = Oddities(rawValue: 1 << 0)
    static let duplicateParameter = Oddities(rawValue: 1 << 1)
    static let spaceBeforeColon = Oddities(rawValue: 1 << 2)
    static let whiteLine = Oddities(rawValue: 1 << 3)
    static let boundaryPrefix = Oddities(rawValue: 1 << 4)
    static let sameBoundary = Oddities(rawValue: 1 << 5)
    static let emptyBoundary = Oddities(rawValue: 1 << 6)
    static let bareCR = Oddities(rawValue: 1 << 7)
    static let partAfterClose = Oddities(rawValue: 1 << 8)
    static let comment = Oddities(rawValue: 1 << 9)
    static let junkLine = Oddities(rawValue: 1 << 10)
    static let leniency = Oddities(rawValue: 1 << 11)
    /// A multipart or a message that says it is in base64, quoted-printable or uuencode (RFC 2045, section 6.4 forbids
    /// it).
    static let encodedContainer = Oddities(rawValue: 1 << 12)
    /// A multipart that names no boundary, with a line that looks like its delimiter.
    static let missingBoundary = Oddities(rawValue: 1 << 13)
}
