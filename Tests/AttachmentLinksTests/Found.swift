// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Bytes

/// What the search of some content found, for comparison.
struct Found {
    let scan: AttachmentScan

    init(
        in content: [UInt8], name: String = "file", type: String = "application/octet-stream",
        limits: AttachmentLinkLimits = AttachmentLinkLimits()
    ) {
        scan = AttachmentSearch.scan(
            SearchedFile(content, name: Array(name.utf8), mediaType: type, place: Array(name.utf8)), limits: limits)
    }

    var urls: [String] { scan.links.map(\.url.text) }
    var evidence: Set<AttachmentEvidence.Kind> { Set(scan.evidence.map(\.kind)) }

    func values(_ kind: AttachmentEvidence.Kind) -> [String] {
        scan.evidence.filter { $0.kind == kind }.map(\.value.text)
    }
}
