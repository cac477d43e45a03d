// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The links of a `text/plain` part.
package enum TextLinks {
    /// What a mail client would make a link of in the decoded bytes of the part.
    package static func candidates(
        in bytes: [UInt8], charset: TextCharset = .utf8, limits: LinkLimits = .init()
    ) -> LinkScan {
        let text = bytes.span
        var scan = LinkScan()
        var autolinker = Autolinker(range: 0..<bytes.count, charset: charset, urlLength: limits.urlLength)
        while let autolink = autolinker.next(in: text) {
            switch autolink.kind {
            case .note(let reason):
                scan.note(reason, autolink.range, text.bytes(autolink.range), .text, limits)
            case .link(let target, let url):
                guard scan.candidates.count < limits.links else {
                    scan.note(.limit(.links), autolink.range, [], .text, limits)
                    return scan
                }
                let candidate = LinkCandidate(range: autolink.range, target: target, url: url, context: .plainText)
                scan.candidates.append(candidate)
            }
        }
        return scan
    }
}
