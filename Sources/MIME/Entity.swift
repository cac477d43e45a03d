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
    package let protection: Protection?

    /// The file name as given, decoded for reading.
    ///
    /// Untrusted: it may hold paths, control characters and anything else.
    package var fileName: String? {
        disposition?.parameters.text("filename") ?? contentType.parameters.text("name")
    }
}

/// Why the bytes of an entity must stay as they are; the raw value stands in records.
package enum Protection: String, Hashable, Sendable {
    case smimeSigned = "smime_signed"
    case pgpSigned = "pgp_signed"
    /// Signed by a protocol we do not know.
    case signed
    case encrypted

    /// What the type of an entity says about itself (RFC 1847; S/MIME: RFC 8551, section 3.2).
    init?(_ type: ContentType) {
        switch type.mediaType {
        case "multipart/signed":
            let signature = type.parameters["protocol"]?.lowercasedText ?? ""
            if signature.hasSuffix("pkcs7-signature") {
                self = .smimeSigned
            } else {
                self = signature.hasSuffix("pgp-signature") ? .pgpSigned : .signed
            }
        case "multipart/encrypted": self = .encrypted
        case "application/pkcs7-mime", "application/x-pkcs7-mime":
            let kind = type.parameters["smime-type"]?.lowercasedText ?? ""
            self = kind.hasPrefix("signed") ? .smimeSigned : .encrypted
        default: return nil
        }
    }
}
