// SPDX-License-Identifier: Apache-2.0

/// The layout of the verdict index: where things stand, and what they mean (see VerdictIndex).
struct VerdictIndexHeader: Sendable {
    /// The two kinds of names; the word goes into the hash, so that a digest and an expression never meet.
    enum Space: UInt64 {
        /// A canonical expression: `url` and `domain` indicators.
        case expression = 1
        case file = 2

        init(_ kind: Indicator.Kind) {
            self = kind == .file ? .file : .expression
        }
    }

    /// "RGVINDEX", first letter in the lowest byte.
    static let magic: UInt64 = 0x5845_444E_4956_4752
    static let version: UInt64 = 1
    /// Magic, version, count and the two halves of the key.
    static let size = 5
    /// Indicator numbers have 48 bits of the payload, the verdict the top 8; the 8 between are zero, for later.
    static let numberLimit: Int64 = 1 << 48 - 1
    /// Guesses before the search halves: a sound file needs four or five, a forged one must not cost more.
    private static let guessLimit = 16

    let count: Int
    let key: SipHash.Key

    var hashes: Int { Self.size }
    var payloads: Int { Self.size + count }
    var checksum: Int { Self.size + 2 * count }

    init(count: Int, key: SipHash.Key) {
        self.count = count
        self.key = key
    }

    init(reading words: Span<UInt64>, path: String) throws(VerdictIndexError) {
        guard words.count > Self.size, words[0] == Self.magic else {
            throw VerdictIndexError(.damaged, path, "is no verdict index")
        }
        guard words[1] == Self.version else {
            throw VerdictIndexError(.damaged, path, "has version \(words[1]), expected \(Self.version)")
        }
        let room = (words.count - Self.size - 1) / 2
        guard words[2] == UInt64(room), words.count == Self.size + 2 * room + 1 else {
            throw VerdictIndexError(.damaged, path, "claims \(words[2]) entries and has room for \(room)")
        }
        guard WordChecksum.code(of: words, count: words.count - 1) == words[words.count - 1] else {
            throw VerdictIndexError(.damaged, path, "the checksum is wrong")
        }
        self.init(count: room, key: SipHash.Key(low: words[3], high: words[4]))
    }

    func hash(of name: Span<UInt8>, in space: Space) -> UInt64 {
        SipHash.code(of: name, after: space.rawValue, key: key)
    }

    static func payload(_ indicator: Indicator) -> UInt64 {
        UInt64(indicator.verdict.gravity) << 56 | UInt64(indicator.number)
    }

    /// The payload read; nil for what nobody wrote.
    static func finding(_ payload: UInt64) -> Judgement.Finding? {
        guard let verdict = Verdict(gravity: UInt8(payload >> 56)) else { return nil }
        return Judgement.Finding(indicator: Int64(payload & UInt64(numberLimit)), verdict: verdict)
    }

    /// The first place whose hash is not below this one; `count` when there is none.
    ///
    /// The place lies in `low...high`, every hash before `low` is below, the one at `high` is not.
    func firstPlace(of hash: UInt64, in words: Span<UInt64>) -> Int {
        var (low, high) = (0, count)
        var (lowest, highest) = (UInt64.min, UInt64.max)
        var guesses = 0
        while low < high {
            var place = low &+ (high &- low) / 2
            if guesses < Self.guessLimit, highest > lowest {
                // `hash` lies between the two, so the quotient is at most the width and the division cannot overflow.
                let scaled = (hash &- lowest).multipliedFullWidth(by: UInt64(high &- low))
                let step = (highest &- lowest).dividingFullWidth(scaled).quotient
                place = min(low &+ Int(step), high &- 1)
                guesses &+= 1
            }
            let found = words[hashes + place]
            if found < hash {
                (low, lowest) = (place &+ 1, found)
            } else {
                (high, highest) = (place, found)
            }
        }
        return low
    }
}
