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
    private var found: [Entity] = []
    private var frames: [Frame] = []
    private var boundaries = OpenBoundaries()

    init(bytes: [UInt8], limits: MIMELimits) {
        self.bytes = bytes
        self.limits = limits
        reader = HeaderReader(bytes: bytes, limits: limits)
    }

    /// All entities, each before what it contains.
    mutating func entities() throws(MIMELimitExceeded) -> [Entity] {
        var position = try open(at: 0)
        while let delimiter = nextDelimiter(at: position) {
            close(downTo: delimiter.frame, at: textEnd(before: delimiter.line.lowerBound))
            position = delimiter.line.upperBound
            if delimiter.isClose {
                frames[delimiter.frame].hasOpenBoundary = false
                boundaries.closeInnermost()
            } else {
                position = try open(at: position)
            }
        }
        close(downTo: -1, at: bytes.count)
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
        let content = try EntityContent(header, in: bytes, within: frames.last.map { found[$0.entity] }, limits: limits)
        let part = nextPart(isMultipart: content.structure == .multipart)
        let parent = frames.last?.entity
        found.append(
            Entity(
                index: found.count, parent: parent, part: part, header: header,
                content: header.contentStart..<header.contentStart, structure: content.structure,
                contentType: content.type, encoding: content.encoding, disposition: content.disposition,
                protection: parent.flatMap { found[$0].protection } ?? Protection(content.type)))
        if let boundary = content.boundary { boundaries.open(boundary, frame: frames.count) }
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
    private func nextDelimiter(at start: Int) -> Delimiter? {
        guard frames.contains(where: \.hasOpenBoundary) else { return nil }
        let span = bytes.span
        var candidate: Int? = start
        if !span.hasDashes(at: start, to: bytes.count) {
            candidate = span.nextDashLine(after: start, to: bytes.count)
        }
        while let line = candidate {
            if let delimiter = boundaries.delimiter(in: bytes, at: line) { return delimiter }
            candidate = span.nextDashLine(after: line, to: bytes.count)
        }
        return nil
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

/// What the MIME fields of a header section say, with RFC 2045's defaults.
private struct EntityContent {
    var type: ContentType
    let encoding: TransferEncoding
    let disposition: ContentDisposition?
    var structure = Entity.Structure.leaf
    /// The boundary of a multipart.
    var boundary: [UInt8]?

    init(
        _ header: HeaderSection, in bytes: [UInt8], within parent: Entity?, limits: MIMELimits
    ) throws(MIMELimitExceeded) {
        if let field = header.value(.contentType, in: bytes) {
            type = try ContentType(field, limits: limits) ?? .text
        } else {
            type = parent?.contentType.mediaType == "multipart/digest" ? .message : .text  // RFC 2046, section 5.1.5
        }
        encoding = header.value(.contentTransferEncoding, in: bytes).map { TransferEncoding($0) } ?? .sevenBit
        disposition =
            if let field = header.value(.contentDisposition, in: bytes) {
                try ContentDisposition(field, limits: limits)
            } else { nil }
        if type.isMultipart { try readMultipart(limits, at: header.range.lowerBound) }
        if type.isMessage, encoding.isIdentity { structure = .message }
    }

    /// QUIRK: a multipart without a boundary has no parts; mail clients show it as plain text.
    private mutating func readMultipart(_ limits: MIMELimits, at offset: Int) throws(MIMELimitExceeded) {
        let boundary = type.boundary
        guard !boundary.isEmpty else { return type = .text }
        guard boundary.count <= limits.boundaryLength else {
            throw MIMELimitExceeded(
                name: .boundaryLength, limit: limits.boundaryLength, found: boundary.count, offset: offset)
        }
        structure = .multipart
        self.boundary = boundary
    }
}
