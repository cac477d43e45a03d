// SPDX-License-Identifier: Apache-2.0

/// What the header sections and the structure of one message may hold.
///
/// Each limit names the attack it stops. The body itself is bounded by the milter's message size.
package struct MIMELimits: Hashable, Sendable {
    /// Entities inside one another: stops a message from costing more per byte the deeper it nests.
    ///
    /// Mail clients stop displaying long before.
    package var nesting = 100
    /// Entities in all: stops a message of nothing but delimiter lines from filling memory (some 400 bytes each).
    package var entities = 10_000
    /// Header fields over all entities: stops a message of `a:` lines from taking sixteen times its size.
    package var headerFields = 50_000
    /// Bytes of one header section: nobody's mail has more, and several readers of it work field by field.
    package var headerSize = 1_024 * 1_024
    /// Bytes of a boundary: RFC 2046 (section 5.1.1) allows 70; open ones are kept and compared with every line that
    /// starts with two hyphens.
    package var boundaryLength = 256
    /// Bytes of a message that is copied so as to be read in another way: writing a message anew and reading it again
    /// takes three copies at a time, and a message of any size may take 16 MiB besides itself.
    package var copiedSize = 5 * 1_024 * 1_024
    /// Parameters of one Content-Type or Content-Disposition field: stops continuation floods (RFC 2231).
    package var parameters = 200

    package init() {}
}

/// A message that holds more than a limit allows; it is passed on unmodified and recorded with the limit's name.
package struct MIMELimitExceeded: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which limit; the raw value stands in records.
    package enum Name: String, Sendable {
        case nesting
        case entities
        case headerFields = "header fields"
        case headerSize = "header size"
        case boundaryLength = "boundary length"
        case parameters
    }

    package let name: Name
    package let limit: Int
    /// How far the parser had counted when it stopped; the message may hold more.
    package let found: Int
    /// The byte of the message where it stopped.
    package let offset: Int

    package var description: String { "MIME \(name.rawValue): \(found) where \(limit) are allowed, at byte \(offset)" }
}
