// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Why the bytes of an entity must stay as they are; the raw value stands in records.
///
/// A type is only a claim. Whoever could have a part left alone by naming it signed would get past us with one header field,
/// so a multipart has to be built as its standard says (`protect`): where the signature or the control part is missing, no
/// client finds anything to verify or to decrypt, and shows what is there like any other part. Whether a signature is
/// good is nothing a filter can tell; that a stranger signed is no reason to trust the links.
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

private enum ProtectedMultipart {
    /// Parts that it has (RFC 1847, section 2): what stands behind them is none of it.
    static let parts = 2
    static let signatures = [
        "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
    ]
}

extension [Entity] {
    /// Says of each entity what protects it: itself, or a multipart around it.
    mutating func protect(in bytes: [UInt8]) {
        guard contains(where: { Protection($0.contentType) != nil }) else { return }
        var parts: [Int: [Int]] = [:]
        for entity in self { if let parent = entity.parent { parts[parent, default: []].append(entity.index) } }
        var partsSeen = [Int](repeating: 0, count: count)
        /// What stands around an entity, and what it brings for its parts.
        var outer: [Protection?] = []
        var own: [Protection?] = []
        for entity in self {
            let around = entity.parent.flatMap { parent -> Protection? in
                partsSeen[parent] += 1
                return partsSeen[parent] <= ProtectedMultipart.parts ? own[parent] ?? outer[parent] : outer[parent]
            }
            let isTrue = entity.structure != .multipart || isBuiltAsClaimed(entity, parts[entity.index] ?? [], bytes)
            outer.append(around)
            own.append(isTrue ? Protection(entity.contentType) : nil)
            self[entity.index].protection = around ?? own[entity.index]
        }
    }

    private func isBuiltAsClaimed(_ entity: Entity, _ parts: [Int], _ bytes: [UInt8]) -> Bool {
        guard parts.count >= ProtectedMultipart.parts else { return false }
        let (first, second) = (self[parts[0]], self[parts[1]])
        guard !bytes[second.content].allSatisfy(\.isFoldingSpace) else { return false }
        if entity.contentType.mediaType == "multipart/encrypted" {
            return first.contentType.isApplication && second.contentType.mediaType == "application/octet-stream"
        }
        let named = entity.contentType.parameters["protocol"]?.lowercasedText
        let type = second.contentType.mediaType
        return ProtectedMultipart.signatures.contains(type) || type == named && second.contentType.isApplication
    }
}

extension ContentType {
    fileprivate var isApplication: Bool { mediaType.hasPrefix("application/") }
}
