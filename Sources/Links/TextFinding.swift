// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// Something found in one reading of a text, with its place in the bytes of the part.
///
/// Clients read the same bytes differently: one joins the lines of a flowed text and the next does not, one opens an
/// invitation as a calendar and the next shows its text. So a text is searched in each reading, and the findings are put
/// together: what any reading makes of a place is taken care of.
struct TextFinding {
    enum Kind {
        case link(target: [UInt8], WebURL, LinkContext)
        /// Must lose its target.
        case removal(LinkRemoval.Reason, replacement: [UInt8], target: [UInt8])
        case note(LinkNote.Reason, target: [UInt8])
    }

    var range: Range<Int>
    var kind: Kind
    /// How sure the reading is of the link's ends: of two that overlap the higher one decides what is written.
    var rank: Int
}

extension [TextFinding] {
    /// The visible links of one reading; `source` leads from its bytes to those of the part.
    mutating func appendVisible(
        in text: Span<UInt8>, charset: TextCharset, limits: LinkLimits, rank: Int, style: Autolinker.Style = .plain,
        source: (Range<Int>) -> Range<Int>
    ) {
        var autolinker = Autolinker(
            range: 0..<text.count, charset: charset, urlLength: limits.urlLength, style: style)
        while let found = autolinker.next(in: text), count <= limits.links + limits.notes {
            let kind: TextFinding.Kind
            switch found.kind {
            case .link(let target, let url): kind = .link(target: target, url, .plainText)
            case .note(let reason):
                let target = text.bytes(found.range.prefix(limits.noteLength))
                if let defanged = found.defanged, let removed = LinkRemoval.Reason(reason) {
                    kind = .removal(removed, replacement: defanged, target: target)
                } else {
                    kind = .note(reason, target: target)
                }
            }
            append(TextFinding(range: source(found.range), kind: kind, rank: rank))
        }
    }

    /// All findings in order, none over another: the reading of the higher rank keeps its range.
    ///
    /// Of a link that another reading sees at the same place only the head that stands before is replaced as well. What it
    /// had behind goes on behind a link of ours, which no client takes for another one.
    ///
    /// `shown`: what stands at a place, for a head whose target goes.
    func merged(shown: (Range<Int>) -> [UInt8]) -> [TextFinding] {
        let byRank = Dictionary(grouping: self, by: \.rank).sorted { $0.key > $1.key }
        return byRank.reduce(into: []) { out, reading in
            let next = reading.value.sorted { $0.range.lowerBound < $1.range.lowerBound }
            out = Self.merge(out, with: next, shown)
        }
    }

    /// Both lists are in order; the second one yields.
    private static func merge(
        _ higher: [TextFinding], with lower: [TextFinding], _ shown: (Range<Int>) -> [UInt8]
    ) -> [TextFinding] {
        var out: [TextFinding] = []
        out.reserveCapacity(higher.count + lower.count)
        var rest = higher[...]
        var end = 0
        for var finding in lower {
            while let next = rest.first, next.range.lowerBound <= finding.range.lowerBound {
                if next.isLive { end = Swift.max(end, next.range.upperBound) }
                out.append(next)
                rest = rest.dropFirst()
            }
            if finding.isLive {
                guard finding.range.lowerBound >= end else { continue }
                if let next = rest.first(where: \.isLive), next.range.lowerBound < finding.range.upperBound {
                    finding.cut(at: next.range.lowerBound, shown)
                }
            }
            out.append(finding)
        }
        return out + rest
    }
}

extension TextFinding {
    /// Keeps the head before a place.
    fileprivate mutating func cut(at place: Int, _ shown: (Range<Int>) -> [UInt8]) {
        range = range.lowerBound..<place
        guard case .removal(let reason, _, let target) = kind else { return }
        kind = .removal(reason, replacement: Defanging.text(shown(range), goesOn: true), target: target)
    }

    /// Whether its place is changed.
    fileprivate var isLive: Bool {
        if case .note = kind { return false }
        return true
    }
}

extension LinkRemoval.Reason {
    init?(_ reason: LinkNote.Reason) {
        switch reason {
        case .scheme(let name): self = .scheme(name)
        case .limit(let limit): self = .limit(limit)
        case .invalidURL: self = .invalidURL
        case .ambiguous: return nil
        }
    }
}

extension Range<Int> {
    /// The beginning of the range, no longer than that.
    func prefix(_ length: Int) -> Range<Int> { lowerBound..<Swift.min(upperBound, lowerBound &+ length) }
}
