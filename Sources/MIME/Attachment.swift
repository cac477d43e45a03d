// SPDX-License-Identifier: Apache-2.0

/// An entity treated as a file, with the reason why.
package struct Attachment: Sendable {
    /// What makes a leaf an attachment.
    package enum Reason: Hashable, Sendable {
        /// Content-Disposition says attachment.
        case disposition
        /// It has a file name, even if it is displayed too.
        case name
        /// It is no text.
        case type
    }

    package let entity: Entity
    package let name: String?
    package let reason: Reason
}

extension EntityTree {
    /// The leaves that are files: those with Content-Disposition `attachment`, those with a file name, and those that
    /// are no text.
    ///
    /// So a picture shown in the HTML body is one (its digest can be looked for later), and a displayed text part is
    /// one only when it has a name. A file in uuencode within plain text (`begin 644 name`) is none: most clients of today
    /// show its lines as text, and a text that only looks like one would be. Protected parts are listed too: reading does not hurt a signature.
    package var attachments: [Attachment] {
        entities.compactMap { entity in
            guard entity.structure == .leaf else { return nil }
            let name = entity.fileName
            let reason: Attachment.Reason? =
                if entity.disposition?.isAttachment == true {
                    .disposition
                } else if name != nil {
                    .name
                } else {
                    entity.contentType.isText ? nil : .type
                }
            return reason.map { Attachment(entity: entity, name: name, reason: $0) }
        }
    }
}
