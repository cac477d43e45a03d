// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The links of a `text/html` part.
///
/// One pass over the tokens collects the places that may lead somewhere; they are resolved at the end, because a `<base>`
/// behind a link governs it too. Which text is markup depends on the tree (raw text elements, SVG, MathML), so the scan
/// keeps the little of the tree that this takes instead of building it. Where clients of different age build another tree
/// the document is read once more their way, and what any reading finds is taken care of.
package enum HTMLLinks {
    /// What a mail client would open in the decoded bytes of the part.
    package static func candidates(
        in bytes: [UInt8], charset: TextCharset = .utf8, limits: LinkLimits = .init()
    ) -> LinkScan {
        let html = bytes.span
        var scan = LinkScan()
        var first = HTMLLinkScan(range: 0..<bytes.count, charset: charset, limits: limits)
        first.read(html)
        var findings = first.findings()
        for reading in first.furtherReadings {
            var again = HTMLLinkScan(range: 0..<bytes.count, charset: charset, limits: limits, reading: reading)
            again.read(html)
            findings = findings.joined(with: again.findings(), in: html)
        }
        scan.take(findings, limits)
        return scan
    }
}

/// How a client builds the tree, where that changes which bytes are markup.
struct HTMLReading {
    /// Whether `<svg>` and `<math>` mean anything: to old clients, and to many sanitisers, they do not.
    var knowsForeignContent = true
    /// Whether `</br>` and `</p>` leave SVG and MathML: not to parsers before 2020, html5lib among them.
    var leavesForeignContentAtBreaks = true
    /// Whether `<frameset>` ends the markup but for frames: it does when nothing visible stood before it.
    var framesetHoldsFramesOnly = false
    /// Whether `<select>` holds nothing but options: all parsers before 2025, html5lib among them.
    var selectHoldsOptionsOnly = false
}
