// SPDX-License-Identifier: Apache-2.0

// Verdicts: what is said about URLs, domains and files (indicators), what we conclude from it (verdicts, always with
// their reasons), and the files that carry all of it to the milter and the redirector.
//
// Two files. The main index holds everything up to one change of the store; the list of recent changes beside it holds
// what came after (additions, and the numbers of what was taken back), so that a single new verdict costs the writing
// of a few kilobytes and is in force within a second. When the list grows, it is merged into a new main index. Both
// have one layout, in 64-bit words, the least significant byte first:
//
//     header (16): magic  version  count  key  key  bucket bits  withdrawn count  origin  base  sequence
//                  checksum of all behind the header  0 0 0 0  checksum of the header
//     directory (2^bits + 1): first entry of the bucket (low 32 bits), marks of its hosts (high 32 bits)
//     hashes (count), in the order of bucket and hash
//     payloads (count × 48 bits, and a word): rank (3 bits), indicator number (45 bits)
//     withdrawn (withdrawn count): indicator numbers, sorted
//
// Every expression is a host form followed by a path form. All entries under one host stand in one bucket, and a bucket
// says by two marks of 32 whether a host is in it. A clean URL therefore costs a SipHash-2-4 and one look at memory for
// each of its (at most seven) hosts, and none of its forty expressions is built or hashed. An entry's own hash is that
// of host and path, folded to 64 bits; they are keyed, and the key changes with each complete writing, so nobody can
// prepare two URLs that share one. In a bucket, 64 bits are enough without the text beside them: a clean URL is taken
// for a bad one less often than once in 2^60 looks.
//
// An entry takes 8 bytes of hash, 6 of payload and at most 2 of directory. Roads not taken: one sorted list of the
// hashes of whole expressions (forty searches in it cost 5 to 12 µs), a Bloom filter over expressions (cannot say which
// indicator it was, and is asked forty times), a hash table (half empty, or slow to fill), the store itself (the two
// daemons that face the world do not open it).
//
// Opening checks the header only, which names the size and the checksum of everything; reading 160 MB would cost 50 ms
// and the page cache of a small machine. The whole checksum is taken behind the scenes by `VerdictIndexFile`, before a
// new file takes the place of a good one. `sequence` counts the changes of the store named by `origin`: a list of
// recent changes goes with a main index of the same origin whose sequence is not below its base.

package import URLSyntax

/// All indicators in force at one moment, mapped from their files.
package final class VerdictIndex: Sendable {
    /// What may stand behind one hash: beyond it, further indicators say the same again (the decisive ones come first).
    package static let findingsLimit = 16

    let main: VerdictIndexPart
    let recent: VerdictIndexPart?

    /// How many entries the index holds, those that were taken back since included.
    package var count: Int { main.header.count + (recent?.header.count ?? 0) }
    /// The last change of the store that is in force.
    package var sequence: UInt64 { max(main.header.sequence, recent?.header.sequence ?? 0) }
    /// Which store the sequence belongs to.
    package var origin: UInt64 { main.header.origin }
    /// The last change of the store that is in the main file.
    package var mainSequence: UInt64 { main.header.sequence }

    /// Maps the file and the list of recent changes beside it, and checks all of both.
    ///
    /// A file that is not exactly what was written is an error. For those who map it once; daemons hold a
    /// `VerdictIndexFile`.
    package convenience init(path: String) throws(VerdictIndexError) {
        let main = try VerdictIndexPart(path: path)
        try main.verify()
        let recent: VerdictIndexPart?
        do throws(VerdictIndexError) {
            recent = try VerdictIndexPart(path: Self.recentPath(beside: path))
        } catch {
            guard error.code == .missing else { throw error }
            recent = nil
        }
        try recent?.verify()
        self.init(main: main, recent: recent.flatMap { Self.fits($0, main) ? $0 : nil })
    }

    init(main: VerdictIndexPart, recent: VerdictIndexPart?) {
        self.main = main
        self.recent = recent
    }

    /// Where the list of recent changes stands.
    package static func recentPath(beside path: String) -> String { path + ".recent" }

    /// Whether the list has all that came after the main index.
    static func fits(_ recent: VerdictIndexPart, _ main: VerdictIndexPart) -> Bool {
        recent.header.origin == main.header.origin && recent.header.base <= main.header.sequence
    }

    /// What the indicators say about the URL, by each of its expressions, the most exact one first.
    package func judge(_ url: CanonicalURL) -> Judgement {
        var findings: [Judgement.Finding] = []
        var hashes = VerdictIndexPart.Hashes(hostsOf: url, in: main.header)
        main.collect(url, &hashes, into: &findings)
        guard let recent else { return judgement(findings) }
        drop(&findings, takenBackBy: recent)
        if recent.header.key != main.header.key { hashes = .init(hostsOf: url, in: recent.header) }
        recent.collect(url, &hashes, into: &findings)
        return judgement(findings)
    }

    /// What the indicators say about the attachment with this SHA-256 and, where they are known, this SHA-1 and this MD5;
    /// in small hexadecimal digits.
    ///
    /// Two files that share one of the latter can be made: by these, nothing vouches for a file.
    package func judge(sha256Hex: String, sha1Hex: String? = nil, md5Hex: String? = nil) -> Judgement {
        var findings = findings(about: sha256Hex)
        for digest in [sha1Hex, md5Hex] {
            guard let digest else { continue }
            findings += self.findings(about: digest).filter { $0.verdict != .clean }
        }
        return judgement(findings)
    }

    private func findings(about digest: String) -> [Judgement.Finding] {
        var findings: [Judgement.Finding] = []
        let digits = Array(digest.utf8)
        main.collect(file: digits.span, into: &findings)
        if let recent {
            drop(&findings, takenBackBy: recent)
            recent.collect(file: digits.span, into: &findings)
        }
        return findings
    }

    /// What is listed again among the recent changes, or taken back there, counts no more.
    private func drop(_ findings: inout [Judgement.Finding], takenBackBy recent: VerdictIndexPart) {
        if !findings.isEmpty { findings.removeAll { recent.withdraws($0.indicator) } }
    }

    /// A main index that is newer than the list's base has some of its additions too.
    private func judgement(_ findings: [Judgement.Finding]) -> Judgement {
        guard !findings.isEmpty else { return .unknown }
        guard recent != nil, findings.count > 1 else { return Judgement(findings: findings) }
        var met: Set<Int64> = []
        return Judgement(findings: findings.filter { met.insert($0.indicator).inserted })
    }
}
