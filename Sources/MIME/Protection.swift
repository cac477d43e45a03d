// SPDX-License-Identifier: Apache-2.0

import Bytes

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

    /// What OpenPGP text inside plain text says (RFC 9580, sections 6.2 and 7); nil for other text.
    package init?(inline text: [UInt8]) {
        let span = text.span
        let marks: [([UInt8], Protection)] = [
            (("-----BEGIN PGP SIGNED MESSAGE-----" as StaticString).bytes, .pgpSigned),
            (("-----BEGIN PGP MESSAGE-----" as StaticString).bytes, .encrypted),
        ]
        var candidate = span.hasDashes(at: 0, to: text.count) ? 0 : span.nextDashLine(after: 0, to: text.count)
        while let line = candidate {
            for (mark, protection) in marks where text[line...].starts(with: mark) {
                self = protection
                return
            }
            candidate = span.nextDashLine(after: line, to: text.count)
        }
        return nil
    }
}
