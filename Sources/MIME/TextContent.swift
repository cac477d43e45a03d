// SPDX-License-Identifier: Apache-2.0

// The text of a leaf, ready to be searched for links: transfer encoding undone, and in a charset that agrees with ASCII.
//
// Where the charset agrees with ASCII byte by byte, the text is the content as it stands, and links are replaced in
// place. All other text is converted to UTF-8; when a link in it changes, the part is written anew as UTF-8, with a label
// that says so in the header field and in the HTML. Road not taken: converting back, which some sets cannot and some
// clients would read differently again.

package import Bytes
import Mail

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
    /// charset or its encoding and some of them might see links that are not in `bytes`: the reason, as recorded.
    package let normalizes: String?
    /// What `bytes` are of the decoded content.
    private let form: Form
    private let content: DecodedContent
    private let leaf: Entity
    private let header: HeaderCounts

    private enum Form {
        case same
        /// The same characters in UTF-8; patches go back byte by byte.
        case singleByte(SingleByteText)
        /// The same text in UTF-8; the part is written anew.
        case converted
    }

    init(_ leaf: Entity, in tree: EntityTree) {
        self.leaf = leaf
        header = HeaderCounts(leaf, in: tree)
        let decoded = tree.decoded(leaf)
        content = decoded
        let choice = CharsetChoice(leaf.contentType, of: decoded.bytes)
        let read = Self.read(decoded.bytes, choice)
        if !leaf.isFile, choice.charset.isScannable, let text = Self.withoutNUL(read.bytes) {
            (bytes, form, reading) = (text, .converted, read.reading)
            (obstacle, normalizes) = (nil, "nul")
            return
        }
        (bytes, form, reading) = (read.bytes, read.form, read.reading)
        obstacle =
            if case .opaque(let name) = choice.charset, !AddressSigns.stand(in: decoded.bytes) {
                "charset: \(name)"
            } else { nil }
        // No client of today reads UTF-7, and those of yesterday see what nobody else does.
        normalizes =
            choice.charset == .converted(name: "utf-7") && read.bytes != decoded.bytes
            ? "charset: utf-7" : choice.doubt(about: read.bytes, in: decoded.bytes) ?? decoded.doubt
    }

    /// The text without its zero bytes, where it has some and may hold addresses.
    ///
    /// Browsers read U+FFFD for each, so that `hr\0ef` is no target; servers and other clients drop them, and it is one.
    private static func withoutNUL(_ text: [UInt8]) -> [UInt8]? {
        guard text.span.index(of: 0, from: 0, to: text.count) < text.count else { return nil }
        let rest = text.filter { $0 != 0 }
        return AddressSigns.stand(in: rest) ? rest : nil
    }

    /// QUIRK: a set that nobody here knows is read as if it had no label, as most clients do.
    private static func read(
        _ decoded: [UInt8], _ choice: CharsetChoice
    ) -> (bytes: [UInt8], form: Form, reading: Charset) {
        switch choice.charset {
        case .utf8, .ascii, .windows1252: return (decoded, .same, choice.charset)
        case .converted(let name):
            guard let text = CharsetConverter.utf8(Array(decoded.dropFirst(choice.markLength)), from: name) else {
                return (decoded, .same, .ascii)
            }
            return (text, .converted, .utf8)
        case .latin9, .otherASCII:
            guard !decoded.isASCII, let set = SingleByteText(choice.charset.name) else {
                return (decoded, .same, .ascii)
            }
            return (set.utf8(decoded), .singleByte(set), .utf8)
        case .opaque: return (decoded, .same, .ascii)
        }
    }

    /// Whether what no patch touches keeps its bytes, whatever changes beside it.
    package var changesInPlace: Bool {
        if case .converted = form { false } else { normalizes == nil }
    }

    /// The change of the message that makes these changes of `bytes`; the patches must be in order.
    package func change(_ patches: [Patch]) throws(PatchError) -> Change {
        if patches.isEmpty, normalizes == nil { return Change(patches: [], fields: []) }
        guard let raw = patchesInPlace(patches) else { return try rewritten(patches) }
        let change = try content.change(raw)
        return Change(patches: change.patches, fields: header.fields(changing: change.encoding, charset: false))
    }

    /// Nil when the part must be written anew.
    private func patchesInPlace(_ patches: [Patch]) -> [Patch]? {
        guard normalizes == nil else { return nil }
        switch form {
        case .same: return patches
        case .singleByte(let set):
            guard patches.allSatisfy({ !$0.replacement.contains(where: \.isNonASCII) }) else { return nil }
            return set.raw(patches, over: content.bytes)
        case .converted: return nil
        }
    }

    private func rewritten(_ patches: [Patch]) throws(PatchError) -> Change {
        var text = try patches.applied(to: bytes)
        if String(validating: text, as: UTF8.self) == nil { text = Array(reading.text(text).utf8) }
        if leaf.contentType.isMarkup { text = CharsetDeclarations.inUTF8(text) }
        let change = content.replaced(with: text)
        return Change(patches: change.patches, fields: header.fields(changing: change.encoding, charset: true))
    }
}

extension EntityTree {
    /// The text of a leaf.
    package func text(_ leaf: Entity) -> TextContent { TextContent(leaf, in: self) }
}

extension Entity {
    /// Whether it is meant to be stored: binary files come as text, too.
    fileprivate var isFile: Bool { disposition?.isAttachment == true || fileName != nil }
}

/// What must be known of a header section to change its fields.
private struct HeaderCounts: Sendable {
    private let leaf: Entity
    private let types: Int
    private let encodings: Int
    private let needsVersion: Bool

    init(_ leaf: Entity, in tree: EntityTree) {
        self.leaf = leaf
        types = leaf.header.fields(.contentType, in: tree.bytes).count
        encodings = leaf.header.fields(.contentTransferEncoding, in: tree.bytes).count
        needsVersion = leaf.parent == nil && leaf.header.fields(.mimeVersion, in: tree.bytes).isEmpty
    }

    /// The first field says it, and all others of that name go, because mail clients differ in which they read.
    func fields(changing encoding: TransferEncoding?, charset: Bool) -> [FieldChange] {
        var out: [FieldChange] = []
        if charset {
            let value = leaf.contentType.value(replacing: [("charset", ("utf-8" as StaticString).bytes)])
            out += changes(.contentType, present: types, value)
        }
        if let encoding { out += changes(.contentTransferEncoding, present: encodings, encoding.name) }
        if !out.isEmpty, needsVersion {
            let version = ("1.0" as StaticString).bytes
            out.append(FieldChange(entity: leaf.index, name: .mimeVersion, occurrence: 1, value: version))
        }
        return out
    }

    private func changes(_ name: HeaderFieldName, present: Int, _ value: [UInt8]) -> [FieldChange] {
        (1...max(present, 1)).map {
            FieldChange(entity: leaf.index, name: name, occurrence: $0, value: $0 == 1 ? value : nil)
        }
    }
}

extension ContentType {
    /// Whether the text may say its charset itself.
    var isMarkup: Bool { mediaType.contains("html") || mediaType.contains("xml") }
}
