// SPDX-License-Identifier: Apache-2.0

package import Fingerprints
package import Mail
package import Verdicts

/// What became of a content that was given away.
package struct ContentReport: Sendable {
    /// What scanners said, as records tell it.
    package var findings: [String] = []
    /// The gravest of what they said.
    package var verdict: Verdict?
    /// Bounds of scanners that it was over: nobody may call it clean.
    package var limits: [String] = []
    /// What becomes of the message because a scanner failed; nil: nothing.
    package var answer: UnreadAnswer?
    package var isKept = false

    package init() {}
}

/// Takes the content of every attachment and every member of an archive, to keep it or to have it scanned.
///
/// Inspection itself does neither; it lends the bytes while it has them.
package protocol ContentTaker: AnyObject {
    /// Bytes of the largest content that is wanted; `take` gets no bytes of a larger one.
    var largest: Int { get }

    /// What there is to say without the bytes; nil: they are wanted.
    func report(on fingerprint: Fingerprint) -> ContentReport?

    func take(_ content: [UInt8], _ fingerprint: Fingerprint) -> ContentReport
}
