// SPDX-License-Identifier: Apache-2.0

import URLSyntax

/// One mapped file of the verdict index: the main one, or the list of recent changes.
final class VerdictIndexPart: Sendable {
    private let file: MappedWords
    let header: VerdictIndexHeader
    let path: String
    var identity: FileIdentity { file.identity }
    /// Words of the whole file.
    var size: Int { file.count }

    /// Maps the file and checks its header; a few microseconds however large it is.
    init(path: String) throws(VerdictIndexError) {
        let file = try MappedWords(path: path)
        header = try file.withWords { (words) throws(VerdictIndexError) in
            try VerdictIndexHeader(reading: words, path: path)
        }
        self.file = file
        self.path = path
    }

    /// Reads all of it and compares the checksum: some 30 ms for ten million entries that are in memory.
    func verify() throws(VerdictIndexError) {
        let found = file.withWords { words in
            WordChecksum.code(of: words.extracting(VerdictIndexHeader.size..<words.count), count: words.count)
        }
        guard found == header.checksum else { throw VerdictIndexError(.damaged, path, "the checksum is wrong") }
    }

    func withWords<Value>(_ body: (Span<UInt64>) -> Value) -> Value { file.withWords(body) }
}

// MARK: - Looking up

extension VerdictIndexPart {
    /// The hashes of one URL's host and path forms under a key: taken once, used for every part with that key.
    struct Hashes {
        /// Host forms and path forms, at most 7 and 6 of them, in the order of the URL's expressions.
        private(set) var hosts: [8 of UInt64] = .init(repeating: 0)
        private(set) var paths: [8 of UInt64] = .init(repeating: 0)
        private(set) var hostCount = 0
        private(set) var pathCount = 0
        private var hasPaths = false

        init(hostsOf url: CanonicalURL, in header: borrowing VerdictIndexHeader) {
            let key = header.key
            let host = url.host.span
            var (hosts, count) = (hosts, 0)
            url.forEachHostStart { start in
                guard count < 8 else { return }
                let name = host.extracting(start..<host.count)
                hosts[count] = SipHash.code(of: name, after: VerdictIndexHeader.Space.host.rawValue, key: key)
                count += 1
            }
            (self.hosts, hostCount) = (hosts, count)
        }

        /// Only a host that is known costs the hashing of paths.
        mutating func addPaths(of url: CanonicalURL, in header: borrowing VerdictIndexHeader) {
            guard !hasPaths else { return }
            hasPaths = true
            var (lengths, count): ([8 of Int], Int) = (.init(repeating: 0), 0)
            url.forEachPathLength { length in
                guard count < 8 else { return }
                lengths[count] = length
                count += 1
            }
            pathCount = count
            let whole = url.pathAndQuery
            let bytes = whole.span
            var beginnings = SipHash.Beginnings(after: VerdictIndexHeader.Space.path.rawValue, key: header.key)
            // The longest stand first, then they grow from the root: in one pass the root's come first.
            let longest = min(count, url.query == nil ? 1 : 2)
            for index in longest..<count { paths[index] = beginnings.code(of: bytes, upTo: lengths[index]) }
            for index in (0..<longest).reversed() { paths[index] = beginnings.code(of: bytes, upTo: lengths[index]) }
        }
    }

    /// Adds what the entries say about the URL, the most exact expression first.
    func collect(_ url: CanonicalURL, _ hashes: inout Hashes, into findings: inout [Judgement.Finding]) {
        guard header.count > 0 else { return }
        file.withWords { words in
            // All directory words first: the processor then waits for memory once, not once a host.
            var buckets: [8 of UInt64] = .init(repeating: 0)
            for index in 0..<hashes.hostCount {
                buckets[index] = words[header.directory &+ header.bucket(of: hashes.hosts[index])]
            }
            for index in 0..<hashes.hostCount {
                let host = hashes.hosts[index]
                let range = candidates(under: host, buckets[index], in: words)
                guard !range.isEmpty else { continue }
                hashes.addPaths(of: url, in: header)
                for path in 0..<hashes.pathCount {
                    collect(header.entry(host, hashes.paths[path]), within: range, of: words, into: &findings)
                }
            }
        }
    }

    /// Adds what the entries say about the digest.
    func collect(file digest: Span<UInt8>, into findings: inout [Judgement.Finding]) {
        guard header.count > 0 else { return }
        let (host, entry) = header.place(ofFile: digest)
        file.withWords { words in
            let bucket = words[header.directory &+ header.bucket(of: host)]
            collect(entry, within: candidates(under: host, bucket, in: words), of: words, into: &findings)
        }
    }

    /// Whether the list of recent changes takes the indicator back.
    func withdraws(_ number: Int64) -> Bool {
        guard header.withdrawnCount > 0, number > 0 else { return false }
        let wanted = UInt64(number)
        return file.withWords { words in
            var (low, high) = (header.withdrawn, header.end)
            while low < high {
                let middle = low + (high - low) / 2
                if words[middle] < wanted { low = middle + 1 } else { high = middle }
            }
            return low < header.end && words[low] == wanted
        }
    }

    /// The entries that may be of this host, by its directory word; empty when its marks are missing, which is so for nearly every clean host:
    /// one look at memory then answers for all its paths.
    private func candidates(under host: UInt64, _ word: UInt64, in words: Span<UInt64>) -> Range<Int> {
        let marks = VerdictIndexHeader.marks(of: host)
        guard UInt32(truncatingIfNeeded: word &>> 32) & marks == marks else { return 0..<0 }
        let start = Int(word & 0xFFFF_FFFF)
        let end = Int(words[header.directory &+ header.bucket(of: host) &+ 1] & 0xFFFF_FFFF)
        // A directory that nobody wrote must not lead outside; the checksum will tell.
        return start <= end && end <= header.count ? start..<end : 0..<0
    }

    private func collect(
        _ hash: UInt64, within range: Range<Int>, of words: Span<UInt64>, into findings: inout [Judgement.Finding]
    ) {
        var place = header.firstPlace(of: hash, within: range, in: words)
        let end = min(range.upperBound, place + VerdictIndex.findingsLimit)
        while place < end, words[header.hashes &+ place] == hash {
            if let finding = VerdictIndexHeader.finding(header.payload(at: place, in: words)) {
                findings.append(finding)
            }
            place &+= 1
        }
    }
}

extension VerdictIndexHeader {
    /// A bucket of this size is walked through; a host with more pages is halved first.
    private static let walkLimit = 16

    /// The first place in the range whose hash is not below this one; its end when there is none.
    func firstPlace(of hash: UInt64, within range: Range<Int>, in words: Span<UInt64>) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while high &- low > Self.walkLimit {
            let middle = low &+ (high &- low) / 2
            if words[hashes &+ middle] < hash { low = middle &+ 1 } else { high = middle }
        }
        while low < high, words[hashes &+ low] < hash { low &+= 1 }
        return low
    }
}
