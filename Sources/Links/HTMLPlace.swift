// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// A place of an HTML document that may lead somewhere: the base that decides it may come later.
struct HTMLPlace {
    enum Use {
        /// Followed by a click or by the client itself: wrapped when it leads to the web.
        case link(LinkContext)
        /// Loaded by the client to show the message.
        case picture(LinkContext)
        /// A visible URL, which needs no base.
        case visible(WebURL, LinkContext)
        /// Taken away when it leads anywhere: nothing loses by it, or clients differ about it.
        case stray(LinkContext, String)
        /// Taken away whatever it says.
        case gone(LinkRemoval.Reason, replacement: [UInt8])
        /// A document within an attribute: one element, for a type cannot hold itself.
        case document([HTMLNestedDocument])
    }

    /// The bytes of the part that are replaced.
    var range: Range<Int>
    /// What they say, decoded.
    var value: [UInt8]
    var use: Use
}

/// The document that an attribute's value is (`srcdoc`).
struct HTMLNestedDocument {
    /// From the decoded value back to the bytes around it.
    var map: MappedText
    var scan: HTMLLinkScan
}

/// What a place turned out to be.
struct HTMLFinding {
    enum Kind {
        case link(target: [UInt8], WebURL, LinkContext)
        case removal(LinkRemoval.Reason, replacement: [UInt8], target: [UInt8])
        case note(LinkNote.Reason, target: [UInt8])
    }

    var range: Range<Int>
    var kind: Kind

    /// The same, found in a document within an attribute.
    func within(_ map: MappedText) -> HTMLFinding {
        var out = self
        out.range = map.source(of: range)
        switch kind {
        case .link(let target, let url, let context): out.kind = .link(target: target, url, .nested(context))
        case .removal(let reason, let replacement, let target):
            out.kind = .removal(reason, replacement: LinkContext.escapedNested(replacement), target: target)
        case .note: break
        }
        return out
    }

    /// Keeps the head before what may begin or end markup in another reading: `<`, `>`, `]]>`, `-->`, `--!>`.
    fileprivate mutating func cutBeforeMarkup(in html: Span<UInt8>) {
        guard var place = range.first(where: { html[$0] == .lessThan || html[$0] == .greaterThan }) else { return }
        while place > range.lowerBound, [.rightSquareBracket, .hyphen, .exclamationMark].contains(html[place &- 1]) {
            place &-= 1
        }
        cut(at: place)
    }

    /// Keeps the head before a place; a value without quotes must not get any, for what goes on would stand behind them.
    fileprivate mutating func cut(at place: Int) {
        range = range.lowerBound..<place
        guard case .link(let target, let url, let context) = kind else { return }
        switch context {
        case .divided(let inner, _): kind = .link(target: target, url, inner)
        case .attribute(.unquoted), .attribute(.absent): kind = .link(target: target, url, .htmlText)
        case .picture(.attribute(.unquoted)), .picture(.attribute(.absent)):
            kind = .link(target: target, url, .picture(.piece))
        default: break
        }
    }

    fileprivate var isNote: Bool {
        if case .note = kind { return true }
        return false
    }
}

extension [HTMLFinding] {
    /// In order, and none over another: of two that overlap the one that begins first, and then the longer one, stays.
    func apart() -> [HTMLFinding] {
        if isApart { return self }  // as one reading finds them but for documents in attributes
        var out: [HTMLFinding] = []
        out.reserveCapacity(count)
        var last = -1..<0
        let ordered = sorted {
            ($0.range.lowerBound, -$0.range.upperBound) < ($1.range.lowerBound, -$1.range.upperBound)
        }
        for finding in ordered {
            if !finding.isNote {
                guard finding.range.lowerBound >= last.upperBound, finding.range != last else { continue }
                last = finding.range
            }
            out.append(finding)
        }
        return out
    }
}

extension [HTMLFinding] {
    /// With what another reading finds, which yields to this one: in the reading of today's clients no patch may reach
    /// beyond its place, or a tag could be torn there.
    ///
    /// Of a link that the other reading sees to go on over one of ours, or over what may be markup here (`]]>`), the head
    /// before it is replaced: the rest then stands behind a link of ours.
    func joined(with other: [HTMLFinding], in html: Span<UInt8>) -> [HTMLFinding] {
        var out: [HTMLFinding] = filter(\.isNote) + other.filter(\.isNote)
        var rest = filter { !$0.isNote }[...]
        var last = -1..<0
        for var finding in other where !finding.isNote {
            while let next = rest.first, next.range.lowerBound <= finding.range.lowerBound {
                last = next.range
                out.append(next)
                rest = rest.dropFirst()
            }
            guard finding.range.lowerBound >= last.upperBound, finding.range != last else { continue }
            if let next = rest.first, next.range.lowerBound < finding.range.upperBound {
                finding.cut(at: next.range.lowerBound)
            }
            finding.cutBeforeMarkup(in: html)
            last = finding.range
            out.append(finding)
        }
        return out + rest
    }

    /// Whether another reading finds the same places, and none of them holds what may be markup to it.
    func stand(where other: [HTMLFinding], in html: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for (finding, match) in zip(self, other) {
            guard finding.range == match.range else { return false }
            for place in finding.range where html[place] == .lessThan || html[place] == .greaterThan { return false }
        }
        return true
    }

    private var isApart: Bool {
        var last = -1..<0
        for finding in self {
            guard finding.range.lowerBound >= last.upperBound, finding.range != last else { return false }
            last = finding.range
        }
        return true
    }
}

extension LinkScan {
    /// Takes what was found, in order.
    mutating func take(_ findings: [HTMLFinding], _ limits: LinkLimits) {
        candidates.reserveCapacity(findings.count)
        for finding in findings {
            switch finding.kind {
            case .link(let target, let url, let context):
                guard candidates.count < limits.links else {
                    note(.limit(.links), finding.range, [], .html, limits)
                    continue
                }
                candidates.append(LinkCandidate(range: finding.range, target: target, url: url, context: context))
            case .removal(let reason, let replacement, let target):
                let patch = Patch(range: finding.range, replacement: replacement)
                let shown = Array(target.prefix(limits.noteLength))
                removals.append(LinkRemoval(patch: patch, reason: reason, target: shown, place: .html))
            case .note(let reason, let target):
                note(reason, finding.range, target, .html, limits)
            }
        }
    }
}
