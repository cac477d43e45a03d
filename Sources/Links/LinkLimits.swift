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
    /// Attributes kept of one tag: each costs some eighty bytes while the tag is read.
    package var attributesPerTag = 10_000
    /// Open elements within SVG or MathML: stops a part from growing our memory by start tags alone.
    package var foreignNesting = 2_000
    /// Things noted but not rewritten in one part: they end up in the record.
    package var notes = 1_000

    package init() {}
}
