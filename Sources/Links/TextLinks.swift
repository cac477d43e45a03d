// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The links of a text part that is not HTML.
package enum TextLinks {
    /// What a mail client would make a link of in the decoded bytes of a text/plain part.
    package static func candidates(
        in bytes: [UInt8], flow: TextFlow? = nil, charset: TextCharset = .utf8, limits: LinkLimits = .init()
    ) -> LinkScan {
        var findings: [TextFinding] = []
        findings.appendVisible(in: bytes.span, charset: charset, limits: limits, rank: 0) { $0 }
        if let flow, flow.deletesSpace {
            let text = MappedText(flowed: bytes.span)
            findings.appendVisible(in: text.bytes.span, charset: charset, limits: limits, rank: 1, source: text.source)
        }
        return LinkScan(findings.merged { Array(bytes[$0]) }, limits)
    }

    /// The links of a text/enriched or text/richtext part.
    static func candidates(inEnriched bytes: [UInt8], charset: TextCharset, limits: LinkLimits) -> LinkScan {
        var findings: [TextFinding] = []
        findings.appendVisible(in: bytes.span, charset: charset, limits: limits, rank: 0) { $0 }
        let text = MappedText(enriched: bytes.span)
        findings.appendVisible(in: text.bytes.span, charset: charset, limits: limits, rank: 1, source: text.source)
        return LinkScan(findings.merged { Array(bytes[$0]) }, limits)
    }
}

extension LinkScan {
    /// The findings of all readings of a text, put together.
    init(_ findings: [TextFinding], _ limits: LinkLimits) {
        self.init()
        for finding in findings {
            switch finding.kind {
            case .link(let target, let url, let context):
                guard candidates.count < limits.links else {
                    note(.limit(.links), finding.range, [], .text, limits)
                    return
                }
                candidates.append(LinkCandidate(range: finding.range, target: target, url: url, context: context))
            case .removal(let reason, let replacement, let target):
                remove(reason, Patch(range: finding.range, replacement: replacement), target, limits)
            case .note(let reason, let target):
                note(reason, finding.range, target, .text, limits)
            }
        }
    }

    private mutating func remove(_ reason: LinkRemoval.Reason, _ patch: Patch, _ target: [UInt8], _ limits: LinkLimits)
    {
        if case .limit(let limit) = reason { note(.limit(limit), patch.range, [], .text, limits) }
        removals.append(LinkRemoval(patch: patch, reason: reason, target: target, place: .text))
    }
}
