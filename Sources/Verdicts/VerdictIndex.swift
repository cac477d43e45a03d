// SPDX-License-Identifier: Apache-2.0

// Verdicts: what is said about URLs, domains and files (indicators), what we conclude from it (verdicts, always with
// their reasons), and the file that carries all of it to the milter and the redirector.
//
// The verdict index is one immutable file of 64-bit words, least significant byte first:
//
//     magic  version  count  key  key  | count hashes, sorted | count payloads | checksum
//
// A hash is SipHash-2-4 of a kind and a canonical expression (or a digest's 64 digits) under a random key that stands in
// the header: it changes with every writing, so nobody can prepare two URLs that share one. A payload is the verdict's
// byte and the indicator's number. 64 bits are enough without the text beside them: with ten million indicators and
// forty expressions a URL, one clean URL in some forty thousand million is taken for a bad one until the next writing.
//
// Hashes are uniform, so the search guesses the place (interpolation) and needs some four looks in ten million. Roads
// not taken: a Bloom filter (cannot say which indicator it was), a hash table (half empty, or slow to fill), the store
// itself (the two daemons that face the world do not open it).

package import URLSyntax

/// All live indicators of one moment, mapped from their file.
package final class VerdictIndex: Sendable {
    /// What may stand behind one hash: beyond it, further indicators say the same again (the gravest come first).
    package static let findingsLimit = 16

    private let file: MappedWords
    private let header: VerdictIndexHeader
    var identity: FileIdentity { file.identity }

    /// How many indicators the index holds.
    package var count: Int { header.count }

    /// Maps the file and checks all of it; a file that is not exactly what was written is an error.
    package init(path: String) throws(VerdictIndexError) {
        let file = try MappedWords(path: path)
        header = try file.withWords { (words) throws(VerdictIndexError) in
            try VerdictIndexHeader(reading: words, path: path)
        }
        self.file = file
    }

    /// What the indicators say about the URL, by each of its expressions, the most exact one first.
    package func judge(_ url: CanonicalURL) -> Judgement {
        guard header.count > 0 else { return .unknown }
        var findings: [Judgement.Finding] = []
        file.withWords { words in
            for expression in url.expressions { collect(.expression, expression.span, from: words, into: &findings) }
        }
        return findings.isEmpty ? .unknown : Judgement(findings: findings)
    }

    /// What the indicators say about the attachment with this digest, 64 small hexadecimal digits.
    package func judge(sha256Hex: String) -> Judgement {
        guard header.count > 0 else { return .unknown }
        var findings: [Judgement.Finding] = []
        let digits = Array(sha256Hex.utf8)
        file.withWords { words in collect(.file, digits.span, from: words, into: &findings) }
        return findings.isEmpty ? .unknown : Judgement(findings: findings)
    }

    private func collect(
        _ space: VerdictIndexHeader.Space, _ name: Span<UInt8>, from words: Span<UInt64>,
        into findings: inout [Judgement.Finding]
    ) {
        let hash = header.hash(of: name, in: space)
        var place = header.firstPlace(of: hash, in: words)
        let end = min(header.count, place + Self.findingsLimit)
        while place < end, words[header.hashes + place] == hash {
            if let finding = VerdictIndexHeader.finding(words[header.payloads + place]) { findings.append(finding) }
            place += 1
        }
    }
}
