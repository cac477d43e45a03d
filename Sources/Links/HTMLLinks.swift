// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The links of a `text/html` part.
///
/// One pass over the tokens collects the places that may lead somewhere; they are resolved at the end, because a `<base>`
/// behind a link governs it too. Which text is markup depends on the tree (raw text elements, SVG, MathML), so the scan
/// keeps the little of the tree that this takes instead of building it. Where clients of different age build another tree
/// the document is read once more their way, and what any reading finds is taken care of. What is written for one reading
/// may be markup to another, or take markup of it away: then all of them read the result, and the scan says so when one
/// still shows something (`LinkScan.isAmbiguous`).
package enum HTMLLinks {
    /// What a mail client would open in the decoded bytes of the part.
    package static func candidates(
        in bytes: [UInt8], charset: TextCharset = .utf8, limits: LinkLimits = .init()
    ) -> LinkScan {
        let (scan, isAlike) = read(bytes, charset, limits)
        return isAlike ? scan : scan.checked(over: bytes, limits) { read($0, charset, limits).0 }
    }

    /// What all readings find, and whether they agree so far that what is written for one is harmless to the others.
    private static func read(_ bytes: [UInt8], _ charset: TextCharset, _ limits: LinkLimits) -> (LinkScan, Bool) {
        let html = bytes.span
        var first = HTMLLinkScan(range: 0..<bytes.count, charset: charset, limits: limits)
        first.read(html)
        let own = first.findings()
        var findings = own
        var isAlike = true
        for reading in first.doubts.readings {
            var again = HTMLLinkScan(range: 0..<bytes.count, charset: charset, limits: limits, reading: reading)
            again.read(html)
            let other = again.findings()
            isAlike = isAlike && own.stand(where: other, in: html)
            findings = findings.joined(with: other, in: html)
        }
        var scan = LinkScan()
        scan.take(findings, limits)
        return (scan, isAlike)
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

/// What a document holds that another reading takes for something else; a document without any has one reading.
struct HTMLDoubts: OptionSet {
    let rawValue: UInt8

    /// A tag that an old parser drops within `<select>`.
    static let select = HTMLDoubts(rawValue: 1 << 0)
    /// Something in SVG or MathML that would be another thing in HTML.
    static let foreign = HTMLDoubts(rawValue: 1 << 1)
    /// An end tag that not all parsers leave SVG and MathML at.
    static let breaks = HTMLDoubts(rawValue: 1 << 2)
    static let frameset = HTMLDoubts(rawValue: 1 << 3)

    /// The readings to make.
    var readings: [HTMLReading] {
        var out: [HTMLReading] = []
        if contains(.select) { out.append(HTMLReading(selectHoldsOptionsOnly: true)) }
        if contains(.foreign) { out.append(HTMLReading(knowsForeignContent: false)) }
        if contains(.breaks) { out.append(HTMLReading(leavesForeignContentAtBreaks: false)) }
        if contains(.frameset) { out.append(HTMLReading(framesetHoldsFramesOnly: true)) }
        return out
    }
}
