// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Mail

/// What the MTA must change in one message.
struct MessageEdit {
    private let message: ReceivedMessage
    private var fields: [Modification] = []
    private var body: PatchedBytes?

    init(_ message: ReceivedMessage) {
        self.message = message
    }

    /// Carries out the patches; on a fault nothing is changed.
    mutating func apply(_ parts: PartInspection, to tree: EntityTree) throws(InspectionFault) {
        guard !parts.changesNothing else { return }
        body = try newBody(parts, of: message.bytes, from: message.bodyStart)
        fields = changes(of: Set(parts.fields.map(\.name))) { name in
            FieldList(name, of: tree.root.header, in: tree.bytes).changed(by: parts.fields)
        }
    }

    /// The same for a message that had to be written in another form before: all of it is new.
    mutating func apply(
        _ parts: PartInspection, to tree: EntityTree, normalizedBy changed: [FieldChange]
    ) throws(InspectionFault) {
        body = try newBody(parts, of: tree.bytes, from: tree.root.header.contentStart)
        fields = changes(of: Set((changed + parts.fields).map(\.name))) { name in
            FieldList(name, of: tree.root.header, in: tree.bytes).changed(by: parts.fields)
        }
    }

    private func newBody(
        _ parts: PartInspection, of bytes: [UInt8], from start: Int
    ) throws(InspectionFault) -> PatchedBytes {
        let patches = parts.patches.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        do {
            return try PatchedBytes(bytes, in: start..<bytes.count, patches: patches)
        } catch {
            throw .patch(error)
        }
    }

    /// Header fields from the last to the first, insertions, the body: each removal shifts the numbers after it.
    func modifications(inserting inserted: [HeaderField]) -> [Modification] {
        var out = (0..<count(.stamp)).reversed().map {
            Modification.changeField(.stamp, occurrence: $0 + 1, value: nil)
        }
        out += fields.filter { !$0.isInsertion } + fields.filter(\.isInsertion)
        out += inserted.map { .insertField($0) }
        if let body { out.append(.replaceBody(body)) }
        return out
    }

    /// The changes that give each of these fields the wanted values, whatever the message has now.
    private func changes(of names: Set<HeaderFieldName>, wanted: (HeaderFieldName) -> FieldList) -> [Modification] {
        let ordered = names.sorted { $0.description < $1.description }
        var out: [Modification] = []
        for name in ordered {
            let values = wanted(name).values
            let present = FieldList(name, of: message)
            for place in present.values.indices.reversed() {
                let value = values.indices.contains(place) ? values[place] : nil
                if value != present.values[place] {
                    out.append(.changeField(name, occurrence: place + 1, value: value?.bytes))
                }
            }
            out += values.dropFirst(present.values.count).map { .insertField(HeaderField(name: name, value: $0.bytes)) }
        }
        let adds = out.contains { if case .insertField = $0 { true } else { false } }
        if adds, count(.mimeVersion) == 0, !names.contains(.mimeVersion) {
            out.append(.insertField(HeaderField(name: .mimeVersion, value: ("1.0" as StaticString).bytes)))
        }
        return out
    }

    private func count(_ name: HeaderFieldName) -> Int {
        FieldList(name, of: message).values.count
    }
}

extension Modification {
    fileprivate var isInsertion: Bool { if case .insertField = self { true } else { false } }
}

/// The value of a header field, without white space around.
private struct FieldValue: Equatable {
    let bytes: [UInt8]
    /// Whether a line of nothing but white space follows, which ends the header section for some clients.
    var hasWhiteLine = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A value as it stands in a message, with or without its line end.
    init(found value: ArraySlice<UInt8>) {
        let isSpace = { (byte: UInt8) in
            byte == .space || byte == .tab || byte == .carriageReturn || byte == .lineFeed
        }
        let head = value.drop(while: isSpace)
        let end = head.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? head.startIndex
        bytes = Array(head[..<end])
        let tail = head[end...]
        if let lineFeed = tail.firstIndex(of: .lineFeed) {
            hasWhiteLine = tail[lineFeed...].contains { $0 == .space || $0 == .tab }
        }
    }
}

/// The values of all fields of one name, from the first to the last.
private struct FieldList {
    private let name: HeaderFieldName
    private(set) var values: [FieldValue]

    init(_ name: HeaderFieldName, of header: HeaderSection, in bytes: [UInt8]) {
        self.name = name
        values = header.fields(name, in: bytes).map { FieldValue(found: bytes[$0.value]) }
    }

    /// The fields as the MTA sees them: line by line without a parser, so that a forged stamp goes even from a message
    /// whose header section is beyond a limit.
    init(_ name: HeaderFieldName, of message: ReceivedMessage) {
        self.name = name
        values = message.values(of: name).map { FieldValue(found: $0) }
    }

    /// With the changes of the message's own fields of this name.
    func changed(by changes: [FieldChange]) -> FieldList {
        var slots: [FieldValue?] = values
        for change in changes where change.entity == 0 && change.name == name && change.occurrence > 0 {
            // One more than there are is a new field.
            if change.occurrence <= slots.count {
                slots[change.occurrence - 1] = change.value.map { FieldValue($0) }
            } else if let value = change.value {
                slots.append(FieldValue(value))
            }
        }
        var list = self
        list.values = slots.compactMap(\.self)
        return list
    }
}
