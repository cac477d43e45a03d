// SPDX-License-Identifier: Apache-2.0

/// The layout of the verdict index: where things stand, and what they mean (see VerdictIndex).
struct VerdictIndexHeader: Hashable, Sendable {
    /// "RGVINDEX", first letter in the lowest byte.
    static let magic: UInt64 = 0x5845_444E_4956_4752
    static let version: UInt64 = 2
    /// Words before the directory.
    static let size = 16
    /// More entries than a directory word can point at, and than any list has.
    static let countLimit = Int(UInt32.max)
    /// Buckets of more than 2^28 would be a directory of 2 GiB.
    private static let bucketBitsLimit = 28

    let count: Int
    let key: SipHash.Key
    /// The directory has two to this power buckets.
    let bucketBits: Int
    /// Numbers of indicators that no longer hold, behind the entries; only a list of recent changes has them.
    let withdrawnCount: Int
    /// Which store the sequence numbers count the changes of.
    let origin: UInt64
    /// A list of recent changes holds every change after this one; 0 in a main index.
    let base: UInt64
    /// The last change of the store that is in the file.
    let sequence: UInt64
    /// XXH64 of everything behind the header.
    var checksum: UInt64

    var buckets: Int { 1 << bucketBits }
    var directory: Int { Self.size }
    var hashes: Int { Self.size + buckets + 1 }
    var payloads: Int { hashes + count }
    /// Payloads have 48 bits: four of them fill three words; one word more, so that reading across two never ends outside.
    var withdrawn: Int { payloads + (count * 3 + 3) / 4 + 1 }
    /// Words of the whole file.
    var end: Int { withdrawn + withdrawnCount }

    init(
        count: Int, key: SipHash.Key, withdrawn: Int = 0, origin: UInt64 = 0, base: UInt64 = 0, sequence: UInt64 = 0,
        bucketBits: Int? = nil
    ) {
        self.count = count
        self.key = key
        self.bucketBits = bucketBits ?? Self.bucketBits(for: count)
        withdrawnCount = withdrawn
        self.origin = origin
        self.base = base
        self.sequence = sequence
        checksum = 0
    }

    /// Four to eight entries a bucket: a directory word each costs at most two bytes an entry, so that with 8 bytes of
    /// hash and 6 of payload an entry takes less than 16.
    static func bucketBits(for count: Int) -> Int {
        var bits = 0
        while count * 5 > 41 << bits, bits < bucketBitsLimit { bits += 1 }
        return bits
    }

    // MARK: Reading and writing

    var words: [UInt64] {
        var words = [
            Self.magic, Self.version, UInt64(count), key.low, key.high, UInt64(bucketBits), UInt64(withdrawnCount),
            origin, base, sequence, checksum,
        ]
        words += [UInt64](repeating: 0, count: Self.size - 1 - words.count)
        words.append(WordChecksum.code(of: words.span, count: words.count))
        return words
    }

    /// Reads the header alone: its own checksum, and whether the file has the size it claims.
    init(reading words: Span<UInt64>, path: String) throws(VerdictIndexError) {
        guard words.count > Self.size, words[0] == Self.magic else {
            throw VerdictIndexError(.damaged, path, "is no verdict index")
        }
        guard words[1] == Self.version else {
            throw VerdictIndexError(.damaged, path, "has version \(words[1]), expected \(Self.version)")
        }
        guard WordChecksum.code(of: words, count: Self.size - 1) == words[Self.size - 1] else {
            throw VerdictIndexError(.damaged, path, "the header's checksum is wrong")
        }
        guard words[2] <= Self.countLimit, words[5] <= Self.bucketBitsLimit, words[6] <= Self.countLimit else {
            throw VerdictIndexError(.damaged, path, "claims \(words[2]) entries in 2^\(words[5]) buckets")
        }
        self.init(
            count: Int(words[2]), key: SipHash.Key(low: words[3], high: words[4]), withdrawn: Int(words[6]),
            origin: words[7], base: words[8], sequence: words[9], bucketBits: Int(words[5]))
        checksum = words[10]
        guard end == words.count else {
            throw VerdictIndexError(
                .damaged, path, "claims \(count) entries in \(end * 8) bytes and has \(words.count * 8)")
        }
    }
}

// MARK: - Hashes

extension VerdictIndexHeader {
    /// What a name is; the word goes into the hash, so that a digest and a host never meet.
    enum Space: UInt64 {
        case host = 1
        case path = 2
        case file = 3
    }

    func hash(of name: Span<UInt8>, in space: Space) -> UInt64 {
        SipHash.code(of: name, after: space.rawValue, key: key)
    }

    /// The bucket of all entries under one host: the top bits of its hash.
    func bucket(of host: UInt64) -> Int { bucketBits == 0 ? 0 : Int(host &>> UInt64(64 &- bucketBits)) }

    /// The two marks that a host leaves in the filter of its bucket.
    static func marks(of host: UInt64) -> UInt32 { 1 &<< UInt32(host & 31) | 1 &<< UInt32((host &>> 5) & 31) }

    /// The hash of an entry: that of its host and that of its path, multiplied to 128 bits and folded as wyhash does.
    ///
    /// The factors are keyed hashes, so nobody without the key can aim at a result.
    func entry(_ host: UInt64, _ path: UInt64) -> UInt64 {
        let product = (host ^ key.high).multipliedFullWidth(by: path ^ key.low)
        return product.high ^ product.low
    }

    /// Host hash and entry hash of an indicator.
    func place(of indicator: Indicator) -> (host: UInt64, entry: UInt64) {
        let name = Array(indicator.pattern.utf8)
        if indicator.kind == .file { return place(ofFile: name.span) }
        let slash = name.firstIndex(of: UInt8(ascii: "/")) ?? name.endIndex
        let host = hash(of: name.span.extracting(0..<slash), in: .host)
        let path = hash(of: name.span.extracting(slash..<name.count), in: .path)
        return (host, entry(host, path))
    }

    func place(ofFile digest: Span<UInt8>) -> (host: UInt64, entry: UInt64) {
        let hash = hash(of: digest, in: .file)
        return (hash, entry(hash, Space.file.rawValue))
    }
}

// MARK: - Payloads

extension VerdictIndexHeader {
    /// Indicator numbers have 45 bits of the payload, their rank the top 3.
    static let numberLimit: Int64 = 1 << 45 - 1
    static let payloadMask: UInt64 = 1 << 48 - 1

    static func payload(_ indicator: Indicator) -> UInt64 {
        let finding = Judgement.Finding(
            indicator: indicator.number, verdict: indicator.verdict, isPersonal: indicator.isPersonal)
        return UInt64(finding.rank) << 45 | UInt64(indicator.number)
    }

    /// The payload read; nil for what nobody wrote.
    static func finding(_ payload: UInt64) -> Judgement.Finding? {
        Judgement.Finding(
            indicator: Int64(payload & UInt64(numberLimit)), rank: UInt8(truncatingIfNeeded: payload >> 45))
    }

    /// The payload at a place, from one or two words.
    func payload(at place: Int, in words: Span<UInt64>) -> UInt64 {
        let bit = place &* 48
        let (word, shift) = (payloads &+ bit / 64, UInt64(bit % 64))
        var payload = words[word] &>> shift
        if shift > 16 { payload |= words[word &+ 1] &<< (64 &- shift) }
        return payload & Self.payloadMask
    }

    /// Puts a payload into words that are still zero there.
    func put(_ payload: UInt64, at place: Int, into words: inout [UInt64]) {
        let bit = place &* 48
        let (word, shift) = (payloads &+ bit / 64, UInt64(bit % 64))
        words[word] |= payload &<< shift
        if shift > 16 { words[word &+ 1] |= payload &>> (64 &- shift) }
    }
}
