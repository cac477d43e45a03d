// SPDX-License-Identifier: Apache-2.0

package import Bytes
package import Mail

/// Another value for one header field of the message or of a part.
///
/// The message's own fields are changed by the MTA, name by name and number by number, so these values carry over to
/// `Modification` one by one; those of parts are bytes of the body and become patches.
package struct FieldChange: Hashable, Sendable {
    /// The entity's place in `EntityTree.entities`; 0 is the message itself.
    package let entity: Int
    package let name: HeaderFieldName
    /// Which of the fields with that name, from 1; one more than there are is a new field.
    package let occurrence: Int
    /// The new value without white space before it; nil removes the field.
    package let value: [UInt8]?

    package init(entity: Int, name: HeaderFieldName, occurrence: Int, value: [UInt8]?) {
        self.entity = entity
        self.name = name
        self.occurrence = occurrence
        self.value = value
    }
}

extension EntityTree {
    /// The patches that carry out changes of header fields, in order; of two changes of one field the later counts.
    package func patches(for changes: [FieldChange]) -> [Patch] {
        struct Key: Hashable {
            let entity: Int
            let name: HeaderFieldName
            let occurrence: Int
        }
        var last: [Key: FieldChange] = [:]
        for change in changes {
            last[Key(entity: change.entity, name: change.name, occurrence: change.occurrence)] = change
        }
        let ordered = last.values.sorted {
            ($0.entity, $0.occurrence, $0.name.description) < ($1.entity, $1.occurrence, $1.name.description)
        }
        var added: [Int: [UInt8]] = [:]
        var patches: [Patch] = []
        for change in ordered {
            let header = entities[change.entity].header
            let present = header.fields(change.name, in: bytes)
            let line = change.value.map { change.name.bytes + (": " as StaticString).bytes + $0 + lineEnd }
            if present.indices.contains(change.occurrence - 1) {
                patches.append(Patch(range: present[change.occurrence - 1].range, replacement: line ?? []))
            } else {
                added[change.entity, default: []] += line ?? []
            }
        }
        for (entity, lines) in added where !lines.isEmpty {
            let header = entities[entity].header
            let place = header.range.upperBound
            patches.append(Patch(range: place..<place, replacement: header.hasEmptyLine ? lines : lines + lineEnd))
        }
        return patches.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
    }
}
