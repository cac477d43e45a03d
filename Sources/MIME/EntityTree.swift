// SPDX-License-Identifier: Apache-2.0

// MIME: a message as a tree of entities that are byte ranges over the one buffer it arrived in (RFC 2045-2049, 2231).
//
// Nothing is copied, re-printed or normalised, because what no patch touches must leave byte-identical: DKIM signatures
// of forwarders, S/MIME parts and plain trust depend on it. So an entity is ranges, its decoded content knows how to
// turn a patch of decoded bytes into patches of the message, and whoever changes the message applies one sorted list.
// Road not taken: a tree of parsed parts with a printer, as in most mail libraries: every message would come out a
// little different, and every byte would be copied twice.
//
// One pass, one explicit stack, no recursion: a message may nest as deep as `MIMELimits` allows and no deeper. Real mail
// breaks most rules, so the parser bends (missing close, bare LF, junk between parts) and gives up at limits only.
// Where mail clients read a fault differently from one another, `QUIRK:` says which reading is taken here.

package import Bytes
package import Mail

/// A parsed message.
package struct EntityTree: Sendable {
    /// The message: every range here is over these bytes.
    package let bytes: [UInt8]
    /// In the order of the message, each one before what it contains; the first is the message itself.
    package let entities: [Entity]
    /// How lines end here: as the first one does.
    package let lineEnd: [UInt8]
    /// What some clients read differently.
    let oddities: Oddities
    /// All delimiter lines of its multiparts, in order.
    let delimiters: [DelimiterLine]

    private init(bytes: [UInt8], entities: [Entity], oddities: Oddities, delimiters: [DelimiterLine]) {
        self.bytes = bytes
        self.entities = entities
        self.oddities = oddities
        self.delimiters = delimiters
        let first = bytes.span.lineFeed(from: 0, to: bytes.count)
        let isBare = first > 0 && first < bytes.count && bytes[first - 1] != .carriageReturn
        lineEnd = isBare ? [.lineFeed] : [.carriageReturn, .lineFeed]
    }

    /// Parses a whole message with CR LF or bare LF line ends.
    package static func parse(
        _ bytes: [UInt8], limits: MIMELimits = .init()
    ) throws(MIMELimitExceeded) -> EntityTree {
        try parse(bytes, limits: limits, habits: .first)
    }

    /// The message as a client with these habits reads it.
    static func parse(
        _ bytes: [UInt8], limits: MIMELimits, habits: ClientHabits
    ) throws(MIMELimitExceeded) -> EntityTree {
        var parser = EntityParser(
            bytes: habits.endsLinesAtCR ? bytes.withBareCRAsLineFeed : bytes, limits: limits, habits: habits)
        let entities = try parser.entities()
        return EntityTree(
            bytes: bytes, entities: entities, oddities: parser.oddities, delimiters: parser.delimiters)
    }

    /// Only the header section of the message, for one whose structure is beyond a limit.
    package static func header(
        of bytes: [UInt8], limits: MIMELimits = .init()
    ) throws(MIMELimitExceeded) -> HeaderSection {
        var reader = HeaderReader(bytes: bytes, limits: limits)
        return try reader.section(at: 0, boundaries: OpenBoundaries())
    }

    /// The message itself.
    package var root: Entity { entities[0] }

    /// The entities that contain no other, in the order of the message.
    package var leaves: [Entity] { entities.filter { $0.structure == .leaf } }

    /// The content of a leaf with its transfer encoding undone.
    package func decoded(_ leaf: Entity) -> DecodedContent {
        DecodedContent(message: bytes, content: leaf.content, encoding: leaf.encoding, lineEnd: lineEnd)
    }

    /// The patches that give an entity another transfer encoding in its header section.
    ///
    /// Every field of that name is changed, because mail clients differ in which of two they read.
    package func patches(changing entity: Entity, to encoding: TransferEncoding) -> [Patch] {
        let value = [.space] + encoding.name
        let present = entity.header.fields(.contentTransferEncoding, in: bytes)
        guard present.isEmpty else { return present.map { Patch(range: $0.value, replacement: value) } }
        let place = entity.header.range.upperBound
        let field = HeaderFieldName.contentTransferEncoding.bytes + [UInt8(ascii: ":")] + value + lineEnd
        return [Patch(range: place..<place, replacement: entity.header.hasEmptyLine ? field : field + lineEnd)]
    }
}

extension [UInt8] {
    /// The same number of bytes, with LF in the place of each CR that has none behind it.
    fileprivate var withBareCRAsLineFeed: [UInt8] {
        var out = self
        for index in out.indices where out[index] == .carriageReturn {
            if index + 1 == out.count || out[index + 1] != .lineFeed { out[index] = .lineFeed }
        }
        return out
    }
}

/// The fields that MIME adds to a header section (RFC 2045, section 3).
extension HeaderFieldName {
    package static let mimeVersion: HeaderFieldName = "MIME-Version"
    package static let contentType: HeaderFieldName = "Content-Type"
    package static let contentTransferEncoding: HeaderFieldName = "Content-Transfer-Encoding"
    package static let contentDisposition: HeaderFieldName = "Content-Disposition"
}
