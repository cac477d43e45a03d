// SPDX-License-Identifier: Apache-2.0

/// A sentence with earlier outputs in it: `{{messages.count}} messages carry {{subject.value}}`.
package struct Template: Hashable, Sendable {
    /// Text as it stands, or an output.
    package enum Piece: Hashable, Sendable {
        case text(String)
        case output(OutputReference)
    }

    package let pieces: [Piece]

    /// The template written as `text`; throws the part that is no reference, or is not closed.
    package init(_ text: String) throws(BadReference) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            let after = rest[open.upperBound...]
            guard let close = after.firstRange(of: "}}") else {
                throw BadReference(text: String(rest[open.lowerBound...]))
            }
            let inside = after[..<close.lowerBound]
            guard let reference = OutputReference(inside.filter { $0 != " " }) else {
                throw BadReference(text: String(inside))
            }
            if open.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<open.lowerBound]))) }
            pieces.append(.output(reference))
            rest = after[close.upperBound...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.pieces = pieces
    }

    /// What stands between braces and is no reference.
    package struct BadReference: Error, Hashable, Sendable {
        package let text: String
    }

    package var references: [OutputReference] {
        pieces.compactMap { piece in
            guard case .output(let reference) = piece else { return nil }
            return reference
        }
    }

    /// The sentence; an output that is missing reads `nothing`, a long one is cut.
    package func filled(_ value: (OutputReference) -> JSONValue?) -> String {
        let text = pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .output(let reference): Self.words(value(reference))
            }
        }
        .joined()
        guard text.unicodeScalars.count > PlaybookLimits.reason else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(PlaybookLimits.reason - 1))) + "…"
    }

    private static func words(_ value: JSONValue?) -> String {
        switch value {
        case .text(let text)?: text.isEmpty ? "nothing" : text
        case .number(let number)?: "\(number)"
        case .flag(let flag)?: flag ? "yes" : "no"
        case .list(let elements)?: "\(elements.count)"
        case .null?, .object?, nil: "nothing"
        }
    }
}
