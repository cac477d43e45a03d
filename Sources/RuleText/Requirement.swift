// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What bytes must have so that a rule can hold for them.
///
/// Necessary, never sufficient: bytes that do not meet it cannot be a match; bytes that do are a candidate.
package indirect enum Requirement: Hashable, Sendable {
    /// Nothing is known to be needed: everything is a candidate.
    case always
    /// No bytes can match.
    case never
    /// The literal stands somewhere, in any case of its letters: 4 to 32 bytes, ASCII letters small.
    case literal([UInt8])
    /// The number of bytes lies in the range.
    case size(ClosedRange<Int64>)
    /// These bytes stand at this offset, within the first `headSize`.
    case head(offset: Int, bytes: [UInt8])
    case all([Requirement])
    case any([Requirement])
    case atLeast(Int, [Requirement])

    /// Shorter literals are in nearly every object, and no index of four-byte pieces knows them.
    package static let shortestLiteral = 4
    /// Longer ones are cut into overlapping pieces, all of which must be there.
    package static let longestLiteral = 32
    /// How many bytes from the start of an object can be asked for.
    package static let headSize = 16

    /// All of them; what says nothing is left out.
    package static func all(of parts: [Requirement]) -> Requirement {
        var kept: [Requirement] = []
        for part in parts {
            switch part {
            case .always: continue
            case .never: return .never
            case .all(let inner): kept += inner
            default: kept.append(part)
            }
        }
        return kept.isEmpty ? .always : kept.count == 1 ? kept[0] : .all(kept)
    }

    /// One of them at least.
    package static func any(of parts: [Requirement]) -> Requirement {
        var kept: [Requirement] = []
        for part in parts {
            switch part {
            case .always: return .always
            case .never: continue
            case .any(let inner): kept += inner
            default: kept.append(part)
            }
        }
        return kept.isEmpty ? .never : kept.count == 1 ? kept[0] : .any(kept)
    }

    /// This many of them at least.
    package static func atLeast(_ count: Int, of parts: [Requirement]) -> Requirement {
        var count = count
        var kept: [Requirement] = []
        for part in parts {
            switch part {
            case .always: count -= 1
            case .never: continue
            default: kept.append(part)
            }
        }
        if count <= 0 { return .always }
        if count > kept.count { return .never }
        return count == 1 ? any(of: kept) : count == kept.count ? all(of: kept) : .atLeast(count, kept)
    }

    /// These bytes stand somewhere, in any case of their letters.
    package static func text(_ bytes: [UInt8]) -> Requirement {
        let folded = bytes.lowercased
        guard folded.count >= shortestLiteral else { return .always }
        guard folded.count > longestLiteral else { return .literal(folded) }
        let step = longestLiteral - shortestLiteral + 1
        let starts = stride(from: 0, to: folded.count - longestLiteral, by: step) + [folded.count - longestLiteral]
        return .all(starts.map { .literal(Array(folded[$0..<$0 + longestLiteral])) })
    }

    /// Whether an index can tell candidates by it: some literal is needed.
    package var isIndexed: Bool {
        switch self {
        case .always, .size, .head: false
        case .never, .literal: true
        case .all(let parts): parts.contains(where: \.isIndexed)
        case .any(let parts): parts.allSatisfy(\.isIndexed)
        case .atLeast(let count, let parts): parts.count { !$0.isIndexed } < count
        }
    }

    /// How many literals stand in it.
    package var literalCount: Int {
        switch self {
        case .always, .never, .size, .head: 0
        case .literal: 1
        case .all(let parts), .any(let parts), .atLeast(_, let parts): parts.reduce(0) { $0 + $1.literalCount }
        }
    }

    /// How deep parts stand within parts.
    var depth: Int {
        switch self {
        case .always, .never, .size, .head, .literal: 0
        case .all(let parts), .any(let parts), .atLeast(_, let parts): 1 + (parts.map(\.depth).max() ?? 0)
        }
    }

    /// Whether bytes at hand meet it: what the index answers, without an index.
    package func isMet(by bytes: [UInt8]) -> Bool {
        isMet(folded: bytes.lowercased, head: Array(bytes.prefix(Self.headSize)))
    }

    private func isMet(folded: [UInt8], head: [UInt8]) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .literal(let literal): folded.firstRange(of: literal) != nil
        case .size(let range): range.contains(Int64(folded.count))
        case .head(let offset, let bytes): head.dropFirst(offset).starts(with: bytes)
        case .all(let parts): parts.allSatisfy { $0.isMet(folded: folded, head: head) }
        case .any(let parts): parts.contains { $0.isMet(folded: folded, head: head) }
        case .atLeast(let count, let parts): parts.count { $0.isMet(folded: folded, head: head) } >= count
        }
    }
}
