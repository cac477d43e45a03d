// SPDX-License-Identifier: Apache-2.0

/// Header section and content of the message or of a part of it (RFC 2045, section 2.4), as ranges over the message.
package struct Entity: Sendable {
    /// What stands inside.
    package enum Structure: Hashable, Sendable {
        /// Content that is no other entity.
        case leaf
        /// Body parts between delimiter lines.
        case multipart
        /// One message (message/rfc822), not transfer-encoded.
        case message
    }

    /// The place in `EntityTree.entities`.
    package let index: Int
    /// The entity around this one; nil for the message itself.
    package let parent: Int?
    /// IMAP numbering (RFC 9051, section 6.4.5): `1`, `1.2`; empty for the message itself.
    package let part: String
    package let header: HeaderSection
    /// The content as transferred; the line end before a delimiter belongs to the delimiter.
    package internal(set) var content: Range<Int>
    package let structure: Structure
    package let contentType: ContentType
    package let encoding: TransferEncoding
    package let disposition: ContentDisposition?
    /// Why nothing in here may be changed; nil when it may.
    package internal(set) var protection: Protection?
    /// What some clients read differently in the header section.
    let oddities: Oddities

    /// Whether what a client shows comes from elsewhere: from other messages that it puts together (message/partial,
    /// RFC 2046, section 5.2.2), or from a page that it links (message/external-body by URL, RFC 2017).
    ///
    /// Nothing that is read here says what the reader will see. The other access types (FTP, a file) are in mail that
    /// announces documents, and no client of today follows them.
    package var isIncomplete: Bool {
        switch contentType.mediaType {
        case "message/partial": true
        case "message/external-body": contentType.parameters["url"] != nil
        default: false
        }
    }

    /// The file name as given, decoded for reading.
    ///
    /// Untrusted: it may hold paths, control characters and anything else.
    package var fileName: String? {
        disposition?.parameters.text("filename") ?? contentType.parameters.text("name")
    }
}
