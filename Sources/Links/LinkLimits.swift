// SPDX-License-Identifier: Apache-2.0

/// What one part may hold of each kind.
///
/// Beyond a limit the rest of the kind is left as it is, and the scan says which limit it was: what to do with the
/// message is the caller's decision.
package struct LinkLimits: Hashable, Sendable {
    /// Links found in one part: stops one message from filling the store and from taking minutes to sign.
    package var links = 10_000
    /// Bytes of one link as written: every rewritten link carries its target, so the message would grow with it.
    package var urlLength = 128 * 1_024
    /// Bytes of all targets that a `<base>` made longer: stops a long base and many short links from multiplying.
    package var resolvedBytes = 16 * 1_024 * 1_024
    /// Attributes kept of one tag: each costs some eighty bytes while the tag is read.
    package var attributesPerTag = 10_000
    /// Open elements within SVG or MathML (browsers stop at 512 too): an end tag may have to look at all of them.
    package var foreignNesting = 512
    /// Things noted but not rewritten in one part: they end up in the record.
    package var notes = 1_000
    /// Bytes kept of each of them.
    package var noteLength = 2_048

    /// Whether style sheets and fonts that a message loads from elsewhere are taken out.
    ///
    /// What they show could change after the message was judged (ROPEMAKER). Not a limit, but it comes the same way.
    package var stripsRemoteStyle = false

    /// Whether pictures are looked for, which no click opens.
    package var findsPictures = false

    /// Whether the tags in a link over elements are written anew behind it, and not only its head replaced: not where
    /// other readings look at the same bytes, which may see links in those tags.
    var coversTags = true

    /// Documents and conditional comments within one another: each is decoded or read once more.
    static let nestedDocuments = 4
    /// `<base>` elements looked at: the first usable one counts, and each is parsed.
    static let bases = 16

    package init() {}
}

/// The name of a limit that was reached, as records say it.
package enum LinkLimit: String, Hashable, Sendable {
    case links
    case urlLength = "url length"
    case resolvedBytes = "resolved bytes"
    case attributesPerTag = "attributes per tag"
    case foreignNesting = "foreign nesting"
    case nestedDocuments = "nested documents"
    case notes
}
