// SPDX-License-Identifier: Apache-2.0

import Bytes
package import Mail

/// One header field as ranges over the message.
package struct FieldRanges: Hashable, Sendable {
    /// The name, without white space before the colon.
    package let name: Range<Int>
    /// What follows the colon, with its folding, without the closing line end.
    package let value: Range<Int>
    /// The whole field with its line end.
    package let range: Range<Int>
}

/// The header section of one entity (RFC 5322, section 2.2), as ranges over the message.
///
/// A line that is neither field nor continuation ends the section, and the content starts there; Postfix does the same.
package struct HeaderSection: Hashable, Sendable {
    package let fields: [FieldRanges]
    /// All fields, without the empty line.
    package let range: Range<Int>
    /// Where the content starts: after the empty line, if there is one.
    package let contentStart: Int
    /// What some clients read differently here.
    let oddities: Oddities

    /// Whether an empty line divides header section and content.
    package var hasEmptyLine: Bool { contentStart > range.upperBound }

    /// The fields of that name, in their order.
    package func fields(_ name: HeaderFieldName, in bytes: [UInt8]) -> [FieldRanges] {
        fields.filter { $0.name.count == name.bytes.count && bytes[$0.name].equalsIgnoringCase(name.bytes) }
    }

    /// The value of the last field of that name.
    func lastValue(_ name: HeaderFieldName, in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        fields(name, in: bytes).last.map { bytes[$0.value] }
    }

    /// The value of the first field of that name.
    ///
    /// QUIRK: of several, RFC 5322 allows none; most mail clients read the first.
    package func value(_ name: HeaderFieldName, in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        let size = name.bytes.count
        for field in fields where field.name.count == size {
            if bytes[field.name].equalsIgnoringCase(name.bytes) { return bytes[field.value] }
        }
        return nil
    }
}

/// Reads one header section after the other and counts fields over all of them.
struct HeaderReader {
    let bytes: [UInt8]
    let limits: MIMELimits
    let habits: ClientHabits
    private(set) var fieldCount = 0
    /// Of the section that is being read.
    private var oddities: Oddities = []
    /// Whether the last line was a field that this client does not know, so that its continuation is none either.
    private var isPassing = false

    init(bytes: [UInt8], limits: MIMELimits, habits: ClientHabits = .first) {
        self.bytes = bytes
        self.limits = limits
        self.habits = habits
    }

    /// The section that starts at `start`; an open delimiter line ends it too.
    mutating func section(
        at start: Int, boundaries: OpenBoundaries
    ) throws(MIMELimitExceeded) -> HeaderSection {
        let bytes = bytes
        let span = bytes.span
        let end = bytes.count
        var fields: [FieldRanges] = []
        var index = start == 0 ? Self.afterMailboxLine(span) : start
        let first = index
        oddities = []
        isPassing = false
        while index < end {
            let lineFeed = span.lineFeed(from: index, to: end)
            let next = min(lineFeed &+ 1, end)
            let textEnd = span.textEnd(from: index, lineFeed: lineFeed)
            if lineFeed < end, textEnd == index || isWhite(span, index..<textEnd) && habits.endsHeaderAtWhiteLine {
                return section(fields, span, first..<index, contentStart: next)
            }
            if span.hasDashes(at: index, to: end), boundaries.delimiter(in: bytes, at: index) != nil { break }
            guard next &- first <= limits.headerSize else {
                throw exceeded(.headerSize, limits.headerSize, found: next &- first, at: index)
            }
            if try !take(span, index..<textEnd, next: next, into: &fields) {
                oddities.insert(.junkLine)
                guard habits.skipsJunkLines else { break }
            }
            index = next
        }
        return section(fields, span, first..<index, contentStart: index)
    }

    private func section(
        _ fields: [FieldRanges], _ span: borrowing Span<UInt8>, _ range: Range<Int>, contentStart: Int
    ) -> HeaderSection {
        var oddities = oddities
        if span.hasBareCR(in: range) { oddities.insert(.bareCR) }
        return HeaderSection(fields: fields, range: range, contentStart: contentStart, oddities: oddities)
    }

    private func isWhite(_ span: borrowing Span<UInt8>, _ line: Range<Int>) -> Bool {
        guard span[line.lowerBound] == .space || span[line.lowerBound] == .tab else { return false }
        for index in line where !span[index].isFoldingSpace { return false }
        return true
    }

    /// Takes a line as a field or as more of the last one; false when it is neither.
    private mutating func take(
        _ span: borrowing Span<UInt8>, _ line: Range<Int>, next: Int, into fields: inout [FieldRanges]
    ) throws(MIMELimitExceeded) -> Bool {
        let start = line.lowerBound
        let isContinuation = span[start] == .space || span[start] == .tab
        if isContinuation, isPassing { return true }
        if let last = fields.last, isContinuation {
            if isWhite(span, line) { oddities.insert(.whiteLine) }
            fields[fields.count &- 1] = FieldRanges(
                name: last.name, value: last.value.lowerBound..<line.upperBound, range: last.range.lowerBound..<next)
            return true
        }
        guard let field = Self.field(span, line, next: next) else { return false }
        let hasSpace = field.name.upperBound &+ 1 < field.value.lowerBound
        if hasSpace { oddities.insert(.spaceBeforeColon) }
        isPassing = hasSpace && !habits.allowsSpaceBeforeColon
        if isPassing { return true }
        fieldCount &+= 1
        guard fieldCount <= limits.headerFields else {
            throw exceeded(.headerFields, limits.headerFields, found: fieldCount, at: start)
        }
        fields.append(field)
        return true
    }

    /// A field's first line: printable ASCII but for the colon, then the colon (RFC 5322, section 2.2).
    ///
    /// QUIRK: white space before the colon is allowed, as in RFC 822 and as mail clients read it.
    private static func field(_ span: borrowing Span<UInt8>, _ line: Range<Int>, next: Int) -> FieldRanges? {
        let colon = UInt8(ascii: ":")
        var index = line.lowerBound
        while index < line.upperBound, span[index] > .space, span[index] < 0x7F, span[index] != colon { index &+= 1 }
        let name = line.lowerBound..<index
        while index < line.upperBound, span[index] == .space || span[index] == .tab { index &+= 1 }
        guard !name.isEmpty, index < line.upperBound, span[index] == colon else { return nil }
        return FieldRanges(name: name, value: index &+ 1..<line.upperBound, range: line.lowerBound..<next)
    }

    /// QUIRK: a message out of an mbox file may start with its `From ` line, which is no field.
    private static func afterMailboxLine(_ span: borrowing Span<UInt8>) -> Int {
        let mark = ("From " as StaticString).bytes
        guard span.count > mark.count else { return 0 }
        for index in 0..<mark.count where span[index] != mark[index] { return 0 }
        return min(span.lineFeed(from: 0, to: span.count) &+ 1, span.count)
    }

    private func exceeded(_ name: MIMELimitExceeded.Name, _ limit: Int, found: Int, at offset: Int) -> MIMELimitExceeded
    {
        MIMELimitExceeded(name: name, limit: limit, found: found, offset: offset)
    }
}
