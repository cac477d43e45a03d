// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail

/// Finds the entities of a message in one pass, with the open ones on an explicit stack.
struct EntityParser {
    /// An entity whose end is not found yet.
    private struct Frame {
        let entity: Int
        /// Whether its delimiter lines are still looked for: false for a leaf and after the closing one.
        var hasOpenBoundary: Bool
        /// What the numbers of its parts begin with.
        let partPrefix: String
        var parts = 0
    }

    private let bytes: [UInt8]
    private let limits: MIMELimits
    private var reader: HeaderReader
    private let habits: ClientHabits
    private var found: [Entity] = []
    private var frames: [Frame] = []
    private var boundaries: OpenBoundaries
    /// The boundaries of multiparts that were closed while those around them are open.
    private var closed: Set<[UInt8]> = []
    /// What was met that some clients read differently.
    private(set) var oddities: Oddities = []
    private var shown = ShownBoundary()
    /// All delimiter lines, in order.
    private(set) var delimiters: [DelimiterLine] = []

    init(bytes: [UInt8], limits: MIMELimits, habits: ClientHabits = .first) {
        self.bytes = bytes
        self.limits = limits
        self.habits = habits
        boundaries = OpenBoundaries(matchesPrefix: habits.matchesPrefix)
        reader = HeaderReader(bytes: bytes, limits: limits, habits: habits)
    }

    /// All entities, each before what it contains.
    mutating func entities() throws(MIMELimitExceeded) -> [Entity] {
        var position = try open(at: 0)
        while let delimiter = nextDelimiter(at: position) {
            close(downTo: delimiter.frame, at: textEnd(before: delimiter.line.lowerBound))
            position = delimiter.line.upperBound
            let frame = frames[delimiter.frame]
            delimiters.append(DelimiterLine(entity: frame.entity, isClose: delimiter.isClose, line: delimiter.line))
            if !delimiter.isClose {
                position = try open(at: position)
            } else if !habits.readsAfterClose {
                frames[delimiter.frame].hasOpenBoundary = false
                if let boundary = found[frame.entity].contentType.boundary(habits) { closed.insert(boundary) }
                boundaries.closeInnermost()
            }
        }
        close(downTo: -1, at: bytes.count)
        if !delimiters.isEmpty, bytes.span.hasDashesAfterBareCR(from: 0, to: bytes.count) { oddities.insert(.bareCR) }
        found.protect(in: bytes)
        return found
    }

    /// Opens the entity whose header section starts at `start` and, while it is a message, the one inside it; gives
    /// where the content of the innermost starts.
    private mutating func open(at start: Int) throws(MIMELimitExceeded) -> Int {
        var position = start
        while true {
            let header = try reader.section(at: position, boundaries: boundaries)
            let structure = try open(header)
            position = header.contentStart
            if structure != .message { return position }
        }
    }

    private mutating func open(_ header: HeaderSection) throws(MIMELimitExceeded) -> Entity.Structure {
        let start = header.range.lowerBound
        guard frames.count <= limits.nesting else { throw exceeded(.nesting, limits.nesting, frames.count, start) }
        guard found.count < limits.entities else { throw exceeded(.entities, limits.entities, found.count + 1, start) }
        var content = try EntityContent(
            header, in: bytes, within: frames.last.map { found[$0.entity] }, habits: habits, limits: limits)
        if content.lacksBoundary, let line = shown.line(in: bytes, from: header.contentStart),
            boundaries.delimiter(in: bytes, at: line.lowerBound - 2) == nil
        {
            try content.take(shown: Array(bytes[line]), habits, limits, at: start)
        }
        oddities.formUnion(content.oddities)
        let part = nextPart(isMultipart: content.structure == .multipart)
        let parent = frames.last?.entity
        found.append(
            Entity(
                index: found.count, parent: parent, part: part, header: header,
                content: header.contentStart..<header.contentStart, structure: content.structure,
                contentType: content.type, encoding: content.encoding, disposition: content.disposition,
                oddities: content.oddities))
        if let boundary = content.boundary {
            let isSame = boundaries.open(boundary, frame: frames.count)
            if isSame { oddities.insert(.sameBoundary) }
        }
        frames.append(
            Frame(entity: found.count - 1, hasOpenBoundary: content.boundary != nil, partPrefix: part))
        return content.structure
    }

    /// The number of the next entity inside the innermost open one.
    ///
    /// A multipart that is the body of a message has no number of its own: its parts continue the message's.
    private mutating func nextPart(isMultipart: Bool) -> String {
        guard let last = frames.indices.last else { return "" }
        let prefix = frames[last].partPrefix
        if found[frames[last].entity].structure == .message, isMultipart { return prefix }
        frames[last].parts += 1
        return prefix.isEmpty ? String(frames[last].parts) : "\(prefix).\(frames[last].parts)"
    }

    /// The next delimiter line of an open multipart; `start` is the start of a line.
    ///
    /// Goes on to the end of the message behind the last close, to see whether other clients find parts there.
    private mutating func nextDelimiter(at start: Int) -> Delimiter? {
        guard !boundaries.isEmpty || !closed.isEmpty else { return nil }
        let bytes = bytes
        let span = bytes.span
        var candidate: Int? = start
        if !span.hasDashes(at: start, to: bytes.count) {
            candidate = span.nextDashLine(after: start, to: bytes.count)
        }
        while let line = candidate {
            let delimiter = boundaries.delimiter(in: bytes, at: line)
            note(delimiter, at: line)
            if let delimiter { return delimiter }
            candidate = span.nextDashLine(after: line, to: bytes.count)
        }
        return nil
    }

    /// Notes what other clients see in a line that starts with two hyphens.
    private mutating func note(_ delimiter: Delimiter?, at line: Int) {
        guard habits == .first else { return }
        if !oddities.contains(.boundaryPrefix), boundaries.isPrefixMatch(in: bytes, at: line, unlike: delimiter) {
            oddities.insert(.boundaryPrefix)
        }
        guard delimiter == nil, !closed.isEmpty, !oddities.contains(.partAfterClose) else { return }
        let lineEnd = bytes.span.lineFeed(from: line, to: min(bytes.count, line &+ limits.boundaryLength &+ 80))
        var text = bytes[(line &+ 2)..<lineEnd]
        while let last = text.last, last.isFoldingSpace { text.removeLast() }
        if closed.contains(Array(text)) { oddities.insert(.partAfterClose) }
    }

    /// Ends every open entity above that place of the stack.
    ///
    /// A header section that reaches up to the delimiter leaves an empty content behind its last line end.
    private mutating func close(downTo frame: Int, at place: Int) {
        var end = place
        while frames.count - 1 > frame, let closed = frames.popLast() {
            let start = found[closed.entity].content.lowerBound
            end = max(start, end)
            found[closed.entity].content = start..<end
            if closed.hasOpenBoundary { boundaries.closeInnermost() }
        }
    }

    /// Where the text before a delimiter line ends: its line end belongs to the delimiter (RFC 2046, section 5.1.1).
    private func textEnd(before line: Int) -> Int {
        guard line > 0 else { return 0 }
        return bytes.span.textEnd(from: 0, lineFeed: line - 1)
    }

    private func exceeded(_ name: MIMELimitExceeded.Name, _ limit: Int, _ found: Int, _ offset: Int)
        -> MIMELimitExceeded
    {
        MIMELimitExceeded(name: name, limit: limit, found: found, offset: offset)
    }
}

/// A delimiter line that was found, with the multipart it belongs to.
struct DelimiterLine: Hashable, Sendable {
    let entity: Int
    let isClose: Bool
    /// With its line end.
    let line: Range<Int>
}

/// What the MIME fields of a header section say, with RFC 2045's defaults.
private struct EntityContent {
    var type: ContentType
    let encoding: TransferEncoding
    let disposition: ContentDisposition?
    var structure = Entity.Structure.leaf
    /// The boundary of a multipart.
    var boundary: [UInt8]?
    /// What it says to be, where it is a multipart that names no boundary.
    private var unbounded: ContentType?
    var lacksBoundary: Bool { unbounded != nil }
    private(set) var oddities: Oddities

    init(
        _ header: HeaderSection, in bytes: [UInt8], within parent: Entity?, habits: ClientHabits, limits: MIMELimits
    ) throws(MIMELimitExceeded) {
        var oddities = header.oddities
        func value(_ name: HeaderFieldName) -> ArraySlice<UInt8>? {
            guard let first = header.value(name, in: bytes) else { return nil }
            guard let last = header.lastValue(name, in: bytes), last.startIndex != first.startIndex else {
                return first
            }
            if last != first { oddities.insert(.duplicateField) }
            return habits.takesLastField ? last : first
        }
        if let field = value(.contentType), !field.allSatisfy(\.isFoldingSpace) {
            type = try ContentType(field, habits: habits, oddities: &oddities, limits: limits) ?? .text
        } else {
            type = parent?.contentType.mediaType == "multipart/digest" ? .message : .text  // RFC 2046, section 5.1.5
        }
        encoding =
            value(.contentTransferEncoding).map { TransferEncoding($0, habits: habits, oddities: &oddities) }
            ?? .sevenBit
        disposition =
            if let field = value(.contentDisposition) {
                try ContentDisposition(field, habits: habits, oddities: &oddities, limits: limits)
            } else { nil }
        self.oddities = oddities
        if type.isMultipart { try readMultipart(habits, limits, at: header.range.lowerBound) }
        if type.isMessage, encoding.isIdentity { structure = .message }
        if structure == .multipart || type.isMessage, !encoding.isIdentity { self.oddities.insert(.encodedContainer) }
    }

    /// QUIRK: a multipart without a boundary has no parts; most mail clients show it as plain text, some guess.
    private mutating func readMultipart(
        _ habits: ClientHabits, _ limits: MIMELimits, at offset: Int
    ) throws(MIMELimitExceeded) {
        guard let boundary = type.boundary(habits) else {
            unbounded = type
            return type = .text
        }
        if boundary.isEmpty {
            oddities.insert(.emptyBoundary)
            guard habits.matchesPrefix else { return type = .text }
        }
        try open(boundary, limits, at: offset)
    }

    private mutating func open(
        _ boundary: [UInt8], _ limits: MIMELimits, at offset: Int
    ) throws(MIMELimitExceeded) {
        try Self.check(boundary, limits, at: offset)
        structure = .multipart
        self.boundary = boundary
    }

    private static func check(
        _ boundary: [UInt8], _ limits: MIMELimits, at offset: Int
    ) throws(MIMELimitExceeded) {
        guard boundary.count <= limits.boundaryLength else {
            throw MIMELimitExceeded(
                name: .boundaryLength, limit: limits.boundaryLength, found: boundary.count, offset: offset)
        }
    }

    /// The boundary that a multipart without one shows: to clients that guess it has parts.
    mutating func take(
        shown boundary: [UInt8], _ habits: ClientHabits, _ limits: MIMELimits, at offset: Int
    ) throws(MIMELimitExceeded) {
        try Self.check(boundary, limits, at: offset)
        oddities.insert(.missingBoundary)
        guard habits.guessesBoundary, let unbounded else { return }
        type = unbounded
        try open(boundary, limits, at: offset)
        if !encoding.isIdentity { oddities.insert(.encodedContainer) }
    }
}

/// The boundary that a multipart without one shows: the first line that begins with two hyphens and has something else, or
/// consists of three or four of them.
///
/// What JavaMail takes for it (`ignoremissingboundaryparameter`, on by default), and so webmail and telephones built on it.
private struct ShownBoundary {
    /// From where was looked, and the line found; of the next place ahead of that line it is the first one, too, so that
    /// each byte is looked at once however many multiparts ask.
    private var looked: (from: Int, line: Range<Int>?)?

    /// The line's place without the hyphens and without white space at its end.
    mutating func line(in bytes: [UInt8], from start: Int) -> Range<Int>? {
        if let looked, looked.from <= start, looked.line.map({ start <= $0.lowerBound - 2 }) ?? true {
            return looked.line
        }
        let line = Self.find(in: bytes, from: start)
        looked = (start, line)
        return line
    }

    private static func find(in bytes: [UInt8], from start: Int) -> Range<Int>? {
        let span = bytes.span
        var next: Int? = start
        if !span.hasDashes(at: start, to: bytes.count) { next = span.nextDashLine(after: start, to: bytes.count) }
        while let line = next {
            var end = span.lineFeed(from: line, to: bytes.count)
            while end > line &+ 2, span[end &- 1].isFoldingSpace || span[end &- 1] == .carriageReturn { end &-= 1 }
            // JavaMail passes over a line of more than four hyphens; three or four of them are a boundary to it.
            if (3...4).contains(end &- line) || (line..<end).contains(where: { span[$0] != UInt8(ascii: "-") }) {
                return line &+ 2..<end
            }
            next = span.nextDashLine(after: line, to: bytes.count)
        }
        return nil
    }
}
