// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The fields of a header section, one by one, as an MTA tells them apart: a line that begins with a space or a tab
/// goes on the field before it, and a line without a colon is no field.
///
/// MIME reads header sections as mail clients do, with limits and ambiguities; this is for what the MTA itself counts and
/// what signatures are over.
package struct HeaderFields: Sequence, IteratorProtocol, Sendable {
    /// One field, in place.
    package struct Field: Sendable {
        package let name: HeaderFieldName
        /// After the colon, without the line end that closes the field.
        package let value: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    package init(_ header: ArraySlice<UInt8>) {
        rest = header
    }

    package mutating func next() -> Field? {
        nextRaw(startingWith: nil).map { Field(name: HeaderFieldName($0.name), value: $0.value) }
    }

    /// The same without a copy of the name; of those only that begin with a byte in either case, on request.
    mutating func nextRaw(startingWith wanted: UInt8?) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        while true {
            if let wanted { skip(to: wanted.lowercased) }
            guard !rest.isEmpty else { return nil }
            let field = takeField()
            guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { continue }
            var name = field[..<colon]
            while let last = name.last, last == .space || last == .tab { name.removeLast() }
            guard let first = name.first, first != .space, first != .tab else { continue }
            return (name, field[(colon + 1)...])
        }
    }

    /// Leaves out what begins with another byte.
    private mutating func skip(to wanted: UInt8) {
        let start = rest.startIndex + Self.fieldStart(rest.span, of: wanted)
        rest = rest[start...]
    }

    private static func fieldStart(_ bytes: Span<UInt8>, of wanted: UInt8) -> Int {
        var place = 0
        while place < bytes.count, bytes[place].lowercased != wanted { place = fieldEnd(bytes, from: place) }
        return place
    }

    /// Up to a line end that no folding follows; the line end is taken too, and not given.
    private mutating func takeField() -> ArraySlice<UInt8> {
        let end = rest.startIndex + Self.fieldEnd(rest.span, from: 0)
        var field = rest[..<end]
        rest = rest[end...]
        if field.last == .lineFeed { field.removeLast() }
        if field.last == .carriageReturn { field.removeLast() }
        return field
    }

    private static func fieldEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var end = start
        repeat {
            let lineFeed = bytes.index(of: .lineFeed, from: end, to: bytes.count)
            end = lineFeed < bytes.count ? lineFeed + 1 : lineFeed
        } while end < bytes.count && (bytes[end] == .space || bytes[end] == .tab)
        return end
    }
}
