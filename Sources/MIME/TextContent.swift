// SPDX-License-Identifier: Apache-2.0

package import Bytes
import Mail

/// The text of a leaf, ready to be searched for links: transfer encoding undone, and in a charset that agrees with ASCII.
package struct TextContent: Sendable {
    /// What must change in the message for a change of the text.
    package struct Change: Hashable, Sendable {
        /// In the message, in order; all within the content of the leaf.
        package let patches: [Patch]
        /// The header fields of the leaf that must say something else now.
        package let fields: [FieldChange]
    }

    package let bytes: [UInt8]
    /// How bytes over 0x7F are read.
    package let reading: Charset
    /// Why links here must not be changed, as recorded; nil when they may.
    package let obstacle: String?
    /// Set when the part must be written anew even if no link in it changes, because mail clients differ about its
    /// charset: the reason, as recorded.
    package let normalizes: String?
    private let content: DecodedContent
    private let leaf: Entity

    init(_ leaf: Entity, in tree: EntityTree) {
        self.leaf = leaf
        content = tree.decoded(leaf)
        bytes = content.bytes
        let charset = leaf.contentType.charset.checked(against: content.bytes)
        reading = charset
        obstacle = charset.isScannable ? nil : "charset: \(charset.name)"
        normalizes = nil
    }

    /// The change of the message that makes these changes of `bytes`; the patches must be in order.
    package func change(_ patches: [Patch]) throws(PatchError) -> Change {
        let change = try content.change(patches)
        let fields = change.encoding.map {
            [FieldChange(entity: leaf.index, name: .contentTransferEncoding, occurrence: 1, value: $0.name)]
        }
        return Change(patches: change.patches, fields: fields ?? [])
    }
}

extension EntityTree {
    /// The text of a leaf.
    package func text(_ leaf: Entity) -> TextContent { TextContent(leaf, in: self) }
}
