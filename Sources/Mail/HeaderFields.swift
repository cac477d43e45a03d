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
        nextRaw().map { Field(name: HeaderFieldName($0.name), value: $0.value) }
    }

    /// The same without a copy of the name.
    mutating func nextRaw() -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        while !rest.isEmpty {
            let field = takeField()
            guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { continue }
            var name = field[..<colon]
            while let last = name.last, last == .space || last == .tab { name.removeLast() }
            guard let first = name.first, first != .space, first != .tab else { continue }
            return (name, field[(colon + 1)...])
        }
        return nil
    }

    /// Up to a line end that no folding follows; the line end is taken too, and not given.
    private mutating func takeField() -> ArraySlice<UInt8> {
        let end = rest.startIndex + Self.fieldSize(rest.span)
        var field = rest[..<end]
        rest = rest[end...]
        if field.last == .lineFeed { field.removeLast() }
        if field.last == .carriageReturn { field.removeLast() }
        return field
    }

    private static func fieldSize(_ bytes: Span<UInt8>) -> Int {
        var size = 0
        repeat {
            let lineFeed = bytes.index(of: .lineFeed, from: size, to: bytes.count)
            size = lineFeed < bytes.count ? lineFeed + 1 : lineFeed
        } while size < bytes.count && (bytes[size] == .space || bytes[size] == .tab)
        return size
    }
}
