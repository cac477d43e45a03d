// SPDX-License-Identifier: Apache-2.0

/// Where and why mail clients differ about what a message shows.
package struct Ambiguity: Hashable, Sendable {
    /// For records: `last duplicate`, `boundary by prefix` …
    package let reason: String
    /// The first part that is shown differently, by its number in that reading.
    package let part: String
}

/// A message as some mail clients read it, where that differs from the first reading.
package struct Reading: Sendable {
    package let ambiguity: Ambiguity
    /// Over its own bytes: those of the message, unless an encoded container had to be opened.
    package let tree: EntityTree
    /// The leaves of `tree` that the first reading does not show alike.
    package let leaves: [Entity]
}

/// A message written so that every mail client reads it alike.
package struct NormalizedMessage: Sendable {
    /// Header section and body, with all changes carried out.
    package let bytes: [UInt8]
    /// What the MTA must change in the message's own header section to get there (`entity` is 0); counted in the message
    /// as it came.
    package let fields: [FieldChange]
    /// What was changed, for records.
    package let reasons: [String]
}

/// All the ways in which mail clients read one message.
package struct MessageReadings: Sendable {
    /// How most read it.
    package let first: EntityTree
    /// At most one for each habit in which mail clients differ; empty for nearly all mail.
    package let others: [Reading]

    /// The message in a form that every client reads as `first`; nil where that cannot be had.
    package func normalized() -> NormalizedMessage? { nil }
}

extension EntityTree {
    /// The readings of a message that differ in the leaves they show.
    package static func readings(
        of bytes: [UInt8], limits: MIMELimits = .init()
    ) throws(MIMELimitExceeded) -> MessageReadings {
        MessageReadings(first: try parse(bytes, limits: limits), others: [])
    }
}
