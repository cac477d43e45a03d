// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Where and why mail clients differ about what a message shows.
package struct Ambiguity: Hashable, Sendable {
    /// What the clients do that read it so, for records.
    package let reason: String
    /// The first part that is shown differently, by its number in that reading.
    package let part: String
}

/// A message as some mail clients read it, where that differs from the first reading.
package struct Reading: Sendable {
    package let ambiguity: Ambiguity
    /// Over its own bytes: those of the message, unless an encoded container had to be opened.
    package let tree: EntityTree
    /// The leaves of `tree` that the first reading does not show alike; empty contents are left out.
    package let leaves: [Entity]
    /// Whether ranges of `tree` are places in the message.
    package let isOverMessage: Bool
}

/// All the ways in which mail clients read one message.
package struct MessageReadings: Sendable {
    /// How most read it.
    package let first: EntityTree
    /// At most one for each kind of client, and one for encoded containers; empty for nearly all mail.
    package let others: [Reading]
    /// Whether a reading is missing: the message is too large to be copied, so that it can be neither checked nor written
    /// anew, or encoded containers stand deeper within one another than they are opened.
    package var isIncomplete = false
    let limits: MIMELimits
}

extension EntityTree {
    /// The readings of a message that differ in the leaves they show.
    ///
    /// A reading costs a parse, and is made only where the first one met what that kind of client reads differently.
    /// A reading that is beyond a limit, while the first is not, is left out: the client's limits are no wider.
    package static func readings(
        of bytes: [UInt8], limits: MIMELimits = .init()
    ) throws(MIMELimitExceeded) -> MessageReadings {
        let first = try parse(bytes, limits: limits)
        guard !first.oddities.isEmpty else { return MessageReadings(first: first, others: [], limits: limits) }
        var others: [Reading] = []
        let shown = first.shownLeaves
        let isLarge = bytes.count > limits.copiedSize
        var isIncomplete = false
        for kind in ClientKind.others where !first.oddities.isDisjoint(with: kind.oddities) {
            if isLarge, kind.habits.endsLinesAtCR {
                isIncomplete = true
                continue
            }
            guard let tree = try? parse(bytes, limits: limits, habits: kind.habits) else { continue }
            let leaves = tree.leaves.filter { !shown.contains(ShownLeaf($0)) && !tree.isBlank($0) }
            guard let leaf = leaves.first else { continue }
            others.append(
                Reading(
                    ambiguity: Ambiguity(reason: kind.name, part: leaf.part), tree: tree, leaves: leaves,
                    isOverMessage: true))
        }
        if first.oddities.contains(.encodedContainer) {
            let opened = isLarge ? nil : first.withOpenContainers(limits)
            isIncomplete = isIncomplete || isLarge || opened?.holdsClosedContainers == true
            if let reading = opened.flatMap(first.readingOfContainers) { others.append(reading) }
        }
        return MessageReadings(
            first: first, others: others, isIncomplete: isIncomplete || isLarge && !others.isEmpty, limits: limits)
    }

    private var shownLeaves: Set<ShownLeaf> { Set(leaves.map { ShownLeaf($0) }) }

    private func isBlank(_ leaf: Entity) -> Bool { bytes[leaf.content].allSatisfy(\.isFoldingSpace) }

    /// The message with what stands in encoded multiparts and messages, as deep as they are opened.
    private func withOpenContainers(_ limits: MIMELimits) -> EntityTree? {
        normalized(limits, opensContainersOnly: true).flatMap { try? Self.parse($0.bytes, limits: limits) }
    }

    /// Whether there is an encoded container that could be opened; within a protected part none is.
    private var holdsClosedContainers: Bool {
        entities.contains { entity in
            entity.oddities.contains(.encodedContainer)
                && entity.parent.flatMap { entities[$0].protection } == nil
        }
    }

    /// What of that is not shown here; nil where there is none of it.
    private func readingOfContainers(_ tree: EntityTree) -> Reading? {
        // Ranges of two messages cannot be compared; what the leaves say can.
        let shown = Set(self.leaves.map { decoded($0).bytes })
        let leaves = tree.leaves.filter { !tree.isBlank($0) && !shown.contains(tree.decoded($0).bytes) }
        guard let leaf = leaves.first else { return nil }
        return Reading(
            ambiguity: Ambiguity(reason: "encoded container", part: leaf.part), tree: tree, leaves: leaves,
            isOverMessage: false)
    }
}

/// What makes two leaves look the same to a reader.
private struct ShownLeaf: Hashable {
    let content: Range<Int>
    let type: String
    let encoding: TransferEncoding
    let charset: Charset
    let flow: [UInt8]?
    let space: [UInt8]?

    init(_ leaf: Entity) {
        content = leaf.content
        type = leaf.contentType.mediaType
        encoding = leaf.encoding.isIdentity ? .eightBit : leaf.encoding
        charset = leaf.contentType.charset
        flow = leaf.contentType.parameters["format"]?.lowercased
        space = leaf.contentType.parameters["delsp"]?.lowercased
    }
}
