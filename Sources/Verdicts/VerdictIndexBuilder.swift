// SPDX-License-Identifier: Apache-2.0

/// Collects indicators and writes them as an index file; 24 bytes of memory for each, and 16 more while it writes.
package struct VerdictIndexBuilder: ~Copyable {
    struct Entry: Sendable {
        let host: UInt64
        let hash: UInt64
        let payload: UInt64
    }

    private var entries: [Entry] = []
    private var withdrawn: [UInt64] = []
    private let keyed: VerdictIndexHeader

    /// A complete writing, under a new key.
    package init() {
        self.init(key: SipHash.Key(low: .random(in: .min ... .max), high: .random(in: .min ... .max)))
    }

    /// For what goes with an index that stands already: readers then hash a URL once for both files.
    package init(keyOf index: VerdictIndex) {
        self.init(key: index.main.header.key)
    }

    init(key: SipHash.Key) {
        keyed = VerdictIndexHeader(count: 0, key: key)
    }

    /// How many entries there are.
    package var count: Int { entries.count }

    /// Adds the indicator.
    ///
    /// `unknown` says nothing and is left out. What has expired is the caller's to leave out.
    package mutating func add(_ indicator: Indicator) throws(VerdictIndexError) {
        if let entry = try Self.entry(of: indicator, in: keyed) { try add(entry) }
    }

    mutating func add(_ entry: Entry) throws(VerdictIndexError) {
        guard entries.count < VerdictIndexHeader.countLimit else {
            throw VerdictIndexError(.unwritable, "the index", "would have more than \(entries.count) entries")
        }
        entries.append(entry)
    }

    /// The entry of an indicator; nil for one that says nothing.
    static func entry(of indicator: Indicator, in keyed: VerdictIndexHeader) throws(VerdictIndexError) -> Entry? {
        guard indicator.verdict != .unknown else { return nil }
        guard (1...VerdictIndexHeader.numberLimit).contains(indicator.number) else {
            throw VerdictIndexError(
                .unwritable, "indicator number \(indicator.number)",
                "is not within 1 and \(VerdictIndexHeader.numberLimit)")
        }
        let place = keyed.place(of: indicator)
        return Entry(host: place.host, hash: place.entry, payload: VerdictIndexHeader.payload(indicator))
    }

    /// Says that an indicator of the main index no longer holds; only for a list of recent changes.
    package mutating func withdraw(_ number: Int64) {
        if number > 0 { withdrawn.append(UInt64(number)) }
    }

    /// Puts the index in the place of the file, durably and at once.
    ///
    /// `base` is for a list of recent changes: every change after it is in the list.
    package consuming func write(
        to path: String, origin: UInt64 = 0, base: UInt64 = 0, sequence: UInt64 = 0
    ) throws(VerdictIndexError) {
        let header = VerdictIndexHeader(
            count: entries.count, key: keyed.key, withdrawn: withdrawn.count, origin: origin, base: base,
            sequence: sequence)
        Self.sort(&entries, header)
        withdrawn.sort()
        var file = VerdictIndexWords(header)
        for entry in entries { file.append(entry) }
        try FileReplacement.write(file.finished(withdrawn: withdrawn), to: path)
    }

    /// In one bucket by hash; under one hash the decisive ones first: readers stop after `findingsLimit`.
    private static func sort(_ entries: inout [Entry], _ header: VerdictIndexHeader) {
        entries.sort { left, right in
            let (a, b) = (header.bucket(of: left.host), header.bucket(of: right.host))
            if a != b { return a < b }
            return left.hash != right.hash ? left.hash < right.hash : left.payload > right.payload
        }
    }

    /// A new main index of the old one and the changes, without asking the store: half a second for ten million.
    ///
    /// Answers false, and writes nothing, when the index has outgrown its directory and has to be written completely.
    package consuming func merge(
        into old: VerdictIndex, at path: String, sequence: UInt64
    ) throws(VerdictIndexError) -> Bool {
        let before = old.main.header
        guard keyed.key == before.key, before.count + entries.count <= 16 << before.bucketBits else { return false }
        Self.sort(&entries, before)
        let gone = Set(withdrawn)
        var words = VerdictIndexWords(
            VerdictIndexHeader(
                count: before.count + entries.count, key: before.key, origin: before.origin, sequence: sequence,
                bucketBits: before.bucketBits))
        let isSound = old.main.withWords { file in
            words.merge(before, file, adding: entries, without: gone)
        }
        guard isSound else { return false }
        try FileReplacement.write(words.finished(withdrawn: []), to: path)
        return true
    }
}

extension VerdictIndex {
    /// Puts an index of these indicators in the place of the file, durably and at once.
    package static func write(_ indicators: some Sequence<Indicator>, to path: String) throws(VerdictIndexError) {
        var builder = VerdictIndexBuilder()
        for indicator in indicators { try builder.add(indicator) }
        try builder.write(to: path)
    }
}
