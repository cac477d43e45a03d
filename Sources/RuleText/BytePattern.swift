// SPDX-License-Identifier: Apache-2.0

/// A hexadecimal string or regular expression, as far as its literals go.
indirect enum BytePattern: Hashable, Sendable {
    /// One of a few bytes, letters small.
    case bytes([UInt8])
    /// Anything, of any length: what cannot be used.
    case gap
    case sequence([BytePattern])
    case choice([BytePattern])
    case repeated(BytePattern, from: Int, to: Int?)

    /// More bytes than that at one place say too little.
    static let choiceLimit = 4

    /// What any text that the pattern matches must have; `asWide`: each byte with a zero behind it.
    func requirement(asWide: Bool) -> Requirement {
        var collector = LiteralCollector(asWide: asWide)
        collector.take(self)
        return collector.finished()
    }

    /// All the texts it matches, when they are few and short.
    var texts: [[UInt8]]? {
        switch self {
        case .bytes(let bytes): return bytes.map { [$0] }
        case .gap: return nil
        case .sequence(let parts):
            var texts: [[UInt8]] = [[]]
            for part in parts {
                guard let more = part.texts, let product = LiteralCollector.product(texts, more) else { return nil }
                texts = product
            }
            return texts
        case .choice(let branches):
            var texts: [[UInt8]] = []
            for branch in branches {
                guard let more = branch.texts, texts.count + more.count <= LiteralCollector.limit else { return nil }
                texts += more
            }
            return texts
        case .repeated(let part, let from, let to):
            guard from == to, from <= LiteralCollector.longest, let once = part.texts else { return nil }
            var texts: [[UInt8]] = [[]]
            for _ in 0..<from {
                guard let product = LiteralCollector.product(texts, once) else { return nil }
                texts = product
            }
            return texts
        }
    }
}

/// Walks a pattern from left to right, and collects the literals that must be there.
struct LiteralCollector {
    /// Texts that stand for one place: more of them cost more questions than they save candidates.
    static let limit = 16
    /// The length of one such text; longer ones are given out in pieces.
    static let longest = 64

    private let asWide: Bool
    /// What may stand directly before the place we are at.
    private var texts: [[UInt8]] = [[]]
    private var needed: [Requirement] = []

    init(asWide: Bool) {
        self.asWide = asWide
    }

    /// Each of the one followed by each of the other, when these are not too many or too long.
    static func product(_ one: [[UInt8]], _ other: [[UInt8]]) -> [[UInt8]]? {
        guard one.count * other.count <= limit else { return nil }
        let texts = one.flatMap { first in other.map { first + $0 } }
        return texts.allSatisfy { $0.count <= longest } ? texts : nil
    }

    mutating func take(_ pattern: BytePattern) {
        if let more = pattern.texts {
            append(more)
            return
        }
        switch pattern {
        case .bytes, .gap: flush()
        case .sequence(let parts): for part in parts { take(part) }
        case .choice(let branches):
            flush()
            needed.append(.any(of: branches.map { $0.requirement(asWide: asWide) }))
        case .repeated(let part, let from, _):
            if from > 0 {
                take(part)
                // Further rounds, and what follows, need not stand directly behind the first.
            }
            flush()
        }
    }

    private mutating func append(_ more: [[UInt8]]) {
        if let product = Self.product(texts, more) {
            texts = product
            return
        }
        // What goes over the edge of a piece still stands in one of the two.
        let tail = texts.count == 1 ? [Array(texts[0].suffix(Requirement.shortestLiteral - 1))] : [[]]
        flush()
        texts = Self.product(tail, more) ?? (more.count <= Self.limit ? more : [[]])
    }

    private mutating func flush() {
        needed.append(.any(of: texts.map { .text(asWide ? $0.flatMap { [$0, 0] } : $0) }))
        texts = [[]]
    }

    consuming func finished() -> Requirement {
        flush()
        return .all(of: needed)
    }
}
