// SPDX-License-Identifier: Apache-2.0

// One message that every mail client reads alike.
//
// Where clients differ about a message whose links must be rewritten, no rewriting of the one reading protects the
// readers of the others. So the message is written the way the first reading has it: MIME fields in their plainest form
// and once, no bare CR and no white line in a header section, an empty line before each content, and every multipart
// with a new boundary that stands nowhere else, so that what some clients take for another delimiter is one for none.
// Then all readings are made again, and only if they agree the result is used.
//
// Parts inside signed and encrypted ones stay as they are; a message that is ambiguous there cannot be helped.

import Bytes
import Mail

/// A message written so that every mail client reads it alike.
package struct NormalizedMessage: Sendable {
    /// Header section and body, with all changes carried out.
    package let bytes: [UInt8]
    /// What the MTA must change in the message's own header section to get there (`entity` is 0); counted in the message
    /// as it came.
    package let fields: [FieldChange]
}

extension MessageReadings {
    /// The message in a form that every client reads as `first`; nil where that cannot be had.
    package func normalized() -> NormalizedMessage? {
        guard let message = first.normalized(limits, opensContainersOnly: false),
            let again = try? EntityTree.readings(of: message.bytes, limits: limits), again.others.isEmpty,
            !again.isIncomplete
        else { return nil }
        return message
    }
}

extension EntityTree {
    /// Containers inside encoded containers that are opened; more is an attack, and what is deeper stays closed.
    private static let containerRounds = 4

    /// `opensContainersOnly`: everything else stays as it is.
    func normalized(_ limits: MIMELimits, opensContainersOnly: Bool) -> NormalizedMessage? {
        var tree = self
        var fields: [FieldChange] = []
        for round in 0..<Self.containerRounds {
            guard round == 0 || tree.oddities.contains(.encodedContainer) else { break }
            var normalizer = Normalizer(tree: tree)
            normalizer.openContainers(all: opensContainersOnly)
            if !opensContainersOnly { normalizer.writeHeaders() }
            guard let bytes = try? normalizer.applied(), let next = try? Self.parse(bytes, limits: limits) else {
                return nil
            }
            fields.removeAll { old in
                normalizer.fields.contains {
                    $0.entity == 0 && $0.name == old.name && $0.occurrence == old.occurrence
                }
            }
            fields += normalizer.fields.filter { $0.entity == 0 }
            tree = next
        }
        return NormalizedMessage(bytes: tree.bytes, fields: fields)
    }
}

/// Gathers the changes of one round.
private struct Normalizer {
    private let tree: EntityTree
    private var patches: [Patch] = []
    private(set) var fields: [FieldChange] = []
    /// Where in `fields` the change of a field stands: a message may have ten thousand of them.
    private var places: [FieldPlace: Int] = [:]
    /// What must be known of each entity before its fields are written.
    private var encodings: [Int: TransferEncoding] = [:]
    private var opened: [Range<Int>] = []

    init(tree: EntityTree) {
        self.tree = tree
    }

    /// All patches and field changes carried out.
    func applied() throws(PatchError) -> [UInt8] {
        let all = patches + tree.patches(for: fields)
        return try all.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }.applied(to: tree.bytes)
    }

    /// Whether nothing in an entity may be changed: it stands inside a protected one.
    private func isSealed(_ entity: Entity) -> Bool {
        entity.parent.map { tree.entities[$0].protection != nil } ?? false
    }

    // MARK: Containers

    /// Puts the content of encoded multiparts and messages in their place, or takes an encoding away that is not true.
    ///
    /// `all`: also where the parts stand there in the clear, as some clients do, who decode them a second time.
    mutating func openContainers(all: Bool) {
        for entity in tree.entities where entity.oddities.contains(.encodedContainer) && !isSealed(entity) {
            guard !opened.contains(where: { $0.overlaps(entity.content) }) else { continue }
            encodings[entity.index] = .eightBit
            setEncoding(of: entity)
            guard let text = decodedContainer(entity, evenIfClear: all) else { continue }
            opened.append(entity.content)
            patches.append(Patch(range: entity.content, replacement: text))
        }
    }

    private mutating func setEncoding(of entity: Entity) {
        let count = entity.header.fields(.contentTransferEncoding, in: tree.bytes).count
        for occurrence in 1...max(count, 1) {
            set(
                .contentTransferEncoding, occurrence, of: entity,
                to: occurrence == 1 ? TransferEncoding.eightBit.name : nil)
        }
    }

    /// Nil when the content stands there in the clear, whatever the field says.
    private func decodedContainer(_ entity: Entity, evenIfClear: Bool) -> [UInt8]? {
        let decoded = tree.decoded(entity).bytes
        if evenIfClear, entity.contentType.isMultipart {
            return decoded.range(of: ("--" as StaticString).bytes) == nil ? nil : decoded.withWholeLineEnds
        }
        if tree.delimiters.contains(where: { $0.entity == entity.index }) { return nil }
        if entity.encoding != .quotedPrintable, entity.contentType.isMessage, startsWithField(entity.content) {
            return nil
        }
        return decoded.withWholeLineEnds
    }

    private func startsWithField(_ content: Range<Int>) -> Bool {
        let line = tree.bytes[content].prefix { $0 != .lineFeed }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return colon > line.startIndex
            && line[..<colon].allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
    }

    // MARK: Header sections

    /// Writes every header section that may be read in two ways, and gives every multipart a new boundary.
    mutating func writeHeaders() {
        let boundary = UnusedBoundary(in: tree.bytes)
        let delimiters = Dictionary(grouping: tree.delimiters, by: \.entity)
        for entity in tree.entities where !isSealed(entity) {
            guard !opened.contains(where: { $0.overlaps(entity.header.range) }) else { continue }
            cleanFields(of: entity)
            let isMultipart = entity.structure == .multipart && !opened.contains(entity.content)
            if isMultipart || !entity.oddities.isEmpty {
                writeMIMEFields(of: entity, boundary: isMultipart ? boundary.value(entity.index) : nil)
            }
            if isMultipart { write(delimiters[entity.index] ?? [], boundary.value(entity.index)) }
            if !entity.header.hasEmptyLine, entity.header.range.upperBound < tree.bytes.count, !entity.content.isEmpty {
                let place = entity.header.range.upperBound
                patches.append(Patch(range: place..<place, replacement: tree.lineEnd))
            }
        }
    }

    private mutating func writeMIMEFields(of entity: Entity, boundary: [UInt8]?) {
        let types = entity.header.fields(.contentType, in: tree.bytes).count
        let value = entity.contentType.value(replacing: boundary.map { [("boundary" as StaticString, $0)] } ?? [])
        if types > 0 || boundary != nil { set(.contentType, 1, of: entity, to: value) }
        if types > 1 { for number in 2...types { set(.contentType, number, of: entity, to: nil) } }
        let encodingCount = entity.header.fields(.contentTransferEncoding, in: tree.bytes).count
        let encoding = encodings[entity.index] ?? entity.encoding
        if encodingCount > 0 { set(.contentTransferEncoding, 1, of: entity, to: encoding.name) }
        if encodingCount > 1 {
            for number in 2...encodingCount { set(.contentTransferEncoding, number, of: entity, to: nil) }
        }
        let dispositions = entity.header.fields(.contentDisposition, in: tree.bytes).count
        if dispositions > 1 { for number in 2...dispositions { set(.contentDisposition, number, of: entity, to: nil) } }
    }

    /// Fields with a white line, a bare CR or white space before the colon are written plainly.
    private mutating func cleanFields(of entity: Entity) {
        let causes: Oddities = [.whiteLine, .bareCR, .spaceBeforeColon]
        guard !entity.oddities.isDisjoint(with: causes) else { return }
        var seen: [HeaderFieldName: Int] = [:]
        for field in entity.header.fields {
            let name = HeaderFieldName(tree.bytes[field.name])
            seen[name, default: 0] += 1
            let value = cleaned(Array(tree.bytes[field.value]))
            let isPlain = field.name.upperBound + 1 == field.value.lowerBound
            guard !isPlain || value != Array(tree.bytes[field.value]) else { continue }
            set(name, seen[name] ?? 1, of: entity, to: Array(value.drop { $0 == .space || $0 == .tab }))
        }
    }

    /// Lines of white space go, and a bare CR becomes a space.
    private func cleaned(_ value: [UInt8]) -> [UInt8] {
        var lines = value.split(separator: .lineFeed, omittingEmptySubsequences: false).map { Array($0) }
        let isCRLF = lines.dropLast().contains { $0.last == .carriageReturn }
        for index in lines.indices {
            while index + 1 < lines.count, lines[index].last == .carriageReturn { lines[index].removeLast() }
            lines[index] = lines[index].map { $0 == .carriageReturn ? .space : $0 }
        }
        let kept = [lines[0]] + lines.dropFirst().filter { !$0.allSatisfy(\.isFoldingSpace) }
        return Array(kept.joined(separator: isCRLF ? [.carriageReturn, .lineFeed] : [.lineFeed]))
    }

    private mutating func write(_ delimiters: [DelimiterLine], _ boundary: [UInt8]) {
        let dashes = ("--" as StaticString).bytes
        for delimiter in delimiters {
            let hasLineEnd = tree.bytes[delimiter.line].last == .lineFeed
            let line = dashes + boundary + (delimiter.isClose ? dashes : []) + (hasLineEnd ? tree.lineEnd : [])
            patches.append(Patch(range: delimiter.line, replacement: line))
        }
    }

    private mutating func set(_ name: HeaderFieldName, _ occurrence: Int, of entity: Entity, to value: [UInt8]?) {
        let change = FieldChange(entity: entity.index, name: name, occurrence: occurrence, value: value)
        let place = FieldPlace(entity: entity.index, name: name, occurrence: occurrence)
        if let known = places[place] {
            fields[known] = change
        } else {
            places[place] = fields.count
            fields.append(change)
        }
    }

    private struct FieldPlace: Hashable {
        let entity: Int
        let name: HeaderFieldName
        let occurrence: Int
    }
}

/// Boundaries that stand nowhere in the message, one for each multipart; none begins with another.
private struct UnusedBoundary {
    private static let stem = ("rearguard-part-" as StaticString).bytes
    private let number: Int

    init(in bytes: [UInt8]) {
        let used = Self.numbers(in: bytes)
        number = (0...used.count).first { !used.contains($0) } ?? used.count
    }

    func value(_ entity: Int) -> [UInt8] {
        let digits = Array(String(entity).utf8)
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 6 - digits.count))
        return Self.stem + Array("\(number)-".utf8) + zeros + digits
    }

    /// What stands behind the stem wherever it stands: one pass, however often that is.
    private static func numbers(in bytes: [UInt8]) -> Set<Int> {
        var found: Set<Int> = []
        let span = bytes.span
        let stem = stem
        var index = 0
        while index &+ stem.count < span.count {
            guard span[index] == stem[0] else {
                index &+= 1
                continue
            }
            var length = 1
            while length < stem.count, span[index &+ length] == stem[length] { length &+= 1 }
            index &+= 1
            guard length == stem.count else { continue }
            let digits = bytes[(index - 1 + length)...].prefix(9).prefix { $0.isASCIIDigit }
            found.insert(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }
        return found
    }
}
