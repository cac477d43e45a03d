// SPDX-License-Identifier: Apache-2.0

// Files under the fuzzer: the first byte chooses the format, the rest is the content. Limits must hold, and what is given as
// a link must be one.

import AttachmentLinks
import Bytes
import URLSyntax

private let types = [
    "application/pdf", "text/xml", "application/x-mswinurl", "application/x-ms-shortcut", "image/png", "image/jpeg",
    "image/gif", "image/bmp", "image/webp", "text/html", "text/calendar", "text/plain", "application/octet-stream",
]

private let limits: AttachmentLinkLimits = {
    var limits = AttachmentLinkLimits()
    limits.links = 50
    limits.pixels = 256 * 1_024
    limits.inflatedBytes = 1_024 * 1_024
    return limits
}()

/// What libFuzzer calls.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = input.first else { return 0 }
    let file = SearchedFile(
        Array(input.dropFirst()), name: Array("input".utf8), mediaType: types[Int(choice) % types.count],
        place: Array("input".utf8))
    let scan = AttachmentSearch.scan(file, limits: limits)
    guard scan.links.count <= limits.links, scan.evidence.count <= limits.evidence else { fatalError("over a limit") }
    for link in scan.links {
        guard let url = try? WebURL.parse(link.url), url.isWeb else { fatalError("a link that is none") }
    }
    return 0
}
