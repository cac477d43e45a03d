// SPDX-License-Identifier: Apache-2.0

// Scanners: what programs and rules that know bad files say about one content.
//
// A scanner is asked about bytes at hand and has a deadline. Its answer is one of four, and none of them can be taken for
// another: nothing known, findings, over a limit of the scanner (which looked at a part, so nobody may call the content
// clean), failed. What a message gets for the last two is for policy to say.
//
// Road not taken: paths for scanners to open; the content would lie on a disk in the clear, and the scanner would need to
// be let in.

package import Verdicts

/// One thing a scanner knows about a content.
package struct ScanFinding: Hashable, Sendable {
    /// The rule or signature.
    package let name: String
    package let verdict: Verdict

    package init(name: String, verdict: Verdict) {
        self.name = name
        self.verdict = verdict
    }
}

/// What a scanner says about a content.
package enum ScanResult: Hashable, Sendable {
    /// It knows nothing against it.
    case clean
    case found([ScanFinding])
    /// It could not look at all of it, because of a limit of its own.
    case limited(String)
    case failed(String)
}

/// Something that judges content.
package protocol ContentScanner: Sendable {
    /// For records and settings: `clamd`, `yara`.
    var name: String { get }
    func scan(_ content: [UInt8], deadline: ContinuousClock.Instant) -> ScanResult
}
