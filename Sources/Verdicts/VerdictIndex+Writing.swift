// SPDX-License-Identifier: Apache-2.0

extension VerdictIndex {
    /// Puts an index of these indicators in the place of the file, durably and at once.
    ///
    /// `unknown` says nothing and is left out. Indicators that have expired are the caller's to leave out.
    package static func write(_ indicators: some Sequence<Indicator>, to path: String) throws(VerdictIndexError) {
        let key = SipHash.Key(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
        let keyed = VerdictIndexHeader(count: 0, key: key)
        var entries: [(hash: UInt64, payload: UInt64)] = []
        entries.reserveCapacity(indicators.underestimatedCount)
        for indicator in indicators where indicator.verdict != .unknown {
            guard (1...VerdictIndexHeader.numberLimit).contains(indicator.number) else {
                throw VerdictIndexError(
                    .unwritable, path,
                    "indicator number \(indicator.number) is not within 1 and \(VerdictIndexHeader.numberLimit)")
            }
            let name = Array(indicator.pattern.utf8)
            let hash = keyed.hash(of: name.span, in: .init(indicator.kind))
            entries.append((hash, VerdictIndexHeader.payload(indicator)))
        }
        // The gravest first: readers stop after `findingsLimit`.
        entries.sort { $0.hash != $1.hash ? $0.hash < $1.hash : $0.payload > $1.payload }
        try FileReplacement.write(words(entries, key), to: path)
    }

    private static func words(_ entries: [(hash: UInt64, payload: UInt64)], _ key: SipHash.Key) -> [UInt64] {
        var words: [UInt64] = []
        words.reserveCapacity(VerdictIndexHeader.size + 2 * entries.count + 1)
        words += [VerdictIndexHeader.magic, VerdictIndexHeader.version, UInt64(entries.count), key.low, key.high]
        for entry in entries { words.append(entry.hash) }
        for entry in entries { words.append(entry.payload) }
        words.append(WordChecksum.code(of: words.span, count: words.count))
        return words
    }
}
