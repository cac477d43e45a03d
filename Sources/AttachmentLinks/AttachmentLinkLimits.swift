// SPDX-License-Identifier: Apache-2.0

/// What the search of one file may take; over a limit the rest is not searched, and the scan says so.
package struct AttachmentLinkLimits: Hashable, Sendable {
    /// Links of one file: more is no document but a list made to fill the store.
    package var links = 1_000
    /// Pieces of evidence of one file, and bytes kept of each.
    package var evidence = 100
    package var evidenceLength = 512
    /// Bytes of one link: browsers take no more either.
    package var urlLength = 8 * 1_024
    /// Bytes of a file that are searched: its links stand where a viewer looks first, and time is linear in it.
    package var contentSize = 32 * 1_024 * 1_024
    /// Bytes of a file of no known format that are searched: links of programs stand anywhere, and few are for people.
    package var binarySize = 1_024 * 1_024
    /// Bytes inflated from the streams of one PDF, and from one of them: stops deflate bombs in PDF.
    package var inflatedBytes = 32 * 1_024 * 1_024
    package var inflatedStream = 8 * 1_024 * 1_024
    /// Pixels of a picture that is searched for codes: a telephone's photograph has 12 million; each takes five bytes.
    package var pixels = 16 * 1_024 * 1_024
    /// Pixels decoded over all passes of a progressive JPEG: each scan of a bomb goes over all of them.
    package var pixelPasses = 256 * 1_024 * 1_024
    /// Codes read in one picture.
    package var codes = 100

    package init() {}
}

/// The name of a limit that was met, as records say it.
package enum AttachmentLinkLimit: String, Hashable, Sendable, CaseIterable {
    case links, evidence, pixels, codes, time
    case urlLength = "url length"
    case contentSize = "content size"
    case inflatedBytes = "inflated bytes"
}
