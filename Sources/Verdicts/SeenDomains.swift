// SPDX-License-Identifier: Apache-2.0

// SeenDomains: since when the site's own mail has had links to a registrable domain.
//
// Most phishing domains are days old when they are used, and the first sign of that which a site has without asking
// anybody is that no mail of its own ever named them. rearguardd writes the file from its store, the redirector maps it:
//
//     header (8 words): magic  version  count  key  key  first day  checksum of all behind the header  checksum of the header
//     domains (count), sorted: keyed SipHash-2-4 of the name (high 48 bits), day it was first seen (low 16 bits)
//
// Days are counted since 1970, UTC. A name is not in the file to be read; one that was never seen is taken for a known
// one less often than once in 2^28 looks with a million names. A domain that is not there was first seen after the file
// was written, or never: new either way. Road not taken: entries of the verdict index (another life: these come at every
// message and never go).

/// The domains of the site's mail by the day they were first seen, mapped from a file.
package struct SeenDomains: Sendable {
    static let magic: UInt64 = 0x4E49_414D_4F44_4752  // "RGDOMAIN", first letter in the lowest byte
    static let version: UInt64 = 1
    private static let headerSize = 8

    private let file: MappedWords
    private let key: SipHash.Key
    /// The day of the oldest link that is known: before it there is no telling what is new.
    package let firstDay: Int
    package let count: Int

    /// Maps the file and checks all of it: 2 ms for a million domains.
    package init(path: String) throws(VerdictIndexError) {
        let file = try MappedWords(path: path)
        let header = try file.withWords { (words) throws(VerdictIndexError) in try Self.header(words, path) }
        self.file = file
        (key, count, firstDay) = header
    }

    private static func header(
        _ words: Span<UInt64>, _ path: String
    ) throws(VerdictIndexError) -> (SipHash.Key, Int, Int) {
        guard words.count >= headerSize, words[0] == magic, words[1] == version else {
            throw VerdictIndexError(.damaged, path, "is no list of domains of this version")
        }
        let behind = words.extracting(headerSize..<words.count)
        guard words[7] == WordChecksum.code(of: words, count: headerSize - 1), words[2] == UInt64(behind.count),
            words[6] == WordChecksum.code(of: behind, count: behind.count)
        else { throw VerdictIndexError(.damaged, path, "a checksum is wrong") }
        return (SipHash.Key(low: words[3], high: words[4]), behind.count, Int(truncatingIfNeeded: words[5]))
    }

    /// The day on which a link to the registrable domain first came; nil: never, as far as is known.
    package func firstDay(of domain: [UInt8]) -> Int? {
        let wanted = SeenDomainList.word(domain, day: 0, key: key)
        return file.withWords { words -> Int? in
            var (low, high) = (Self.headerSize, words.count)
            while low < high {
                let middle = low &+ (high &- low) / 2
                if words[middle] < wanted { low = middle &+ 1 } else { high = middle }
            }
            guard low < words.count, words[low] &>> 16 == wanted &>> 16 else { return nil }
            return Int(words[low] & 0xFFFF)
        }
    }

    /// Whether no link to the domain came more than `days` before that day; nil when the file does not reach so far back.
    package func isNew(_ domain: [UInt8], on day: Int, within days: Int) -> Bool? {
        guard day - firstDay >= days else { return nil }
        return firstDay(of: domain).map { day - $0 < days } ?? true
    }

    /// The day of a moment in milliseconds since 1970, UTC.
    package static func day(at time: Int64) -> Int { Int(max(0, time) / 86_400_000) }
}

/// The same for who writes the file: 8 bytes a domain, kept in memory so that only new ones are read from the store.
package struct SeenDomainList: Sendable {
    private let key: SipHash.Key
    private var words: [UInt64] = []
    private var firstDay = Int(UInt16.max)

    package init() {
        key = SipHash.Key(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
    }

    package var count: Int { words.count }

    /// Notes that a link to the domain came on that day.
    package mutating func note(_ domain: [UInt8], day: Int) {
        let day = min(max(0, day), Int(UInt16.max))
        firstDay = min(firstDay, day)
        words.append(Self.word(domain, day: day, key: key))
    }

    /// Puts the list in the place of the file, durably and at once.
    package mutating func write(to path: String) throws(VerdictIndexError) {
        words.sort()
        var header = [
            SeenDomains.magic, SeenDomains.version, UInt64(words.count), key.low, key.high, UInt64(firstDay),
            WordChecksum.code(of: words.span, count: words.count),
        ]
        header.append(WordChecksum.code(of: header.span, count: header.count))
        try FileReplacement.write(header + words, to: path)
    }

    /// Hash and day in one word; of one domain the earliest day comes first.
    static func word(_ domain: [UInt8], day: Int, key: SipHash.Key) -> UInt64 {
        SipHash.code(of: domain.span, after: 0, key: key) & ~0xFFFF | UInt64(day)
    }
}
