// SPDX-License-Identifier: Apache-2.0

// LinkTokens: the signed proof that we rewrote a link, the stamp that names a message, and the proof that somebody saw a
// warning.
//
// The target of a link is in the link, signed: it works without any store, after an upgrade, and (with the key file and
// `rearguard unwrap`) after Rearguard is gone. Types carry the proof: an `UnverifiedLinkToken` gives nothing away but
// `verified(by:)`. Each kind of MAC has a label of its own, so that nothing signed for one purpose passes for another.
// The target host stands in the link for the reader, and the MAC covers it: nobody can make a link of ours that shows
// another place than the one it leads to.
//
// Road not taken: Ed25519 (a redirector that cannot mint, but links 64 characters longer and a verify 100 times dearer;
// whoever owns the redirector owns every click anyway); numbers that need a database (links die with it); short tokens
// (they get enumerated: 128 bits of MAC cannot be).

import Bytes
import Cryptography
package import Mail
import URLSyntax

/// What a rewritten link says.
package struct LinkToken: Hashable, Sendable {
    package let reference: MessageReference
    /// The link's number in the message, from 0.
    package let ordinal: Int
    /// The recipient's number in the message, from 1; 0 when the message had several.
    package let recipient: Int
    /// Days from 2020-01-01 to the day of issue, UTC.
    package let day: UInt16
    /// The original URL, exactly as found after decoding.
    package let target: [UInt8]

    /// Bytes of a target that a link can carry; a longer one cannot be rewritten.
    ///
    /// Base64url makes four characters of three bytes, and the whole link has to fit the 8 KiB that servers, proxies
    /// and mail clients take. Whoever rewrites makes a link with a longer target dead and records it: left live, it would be
    /// the way past us, and hardly a site answers a request line that long. Road not taken: a number that leads to the
    /// target in the store; the link would die with the store, and all others live without it.
    package static let targetSizeLimit = 5_700
    /// Largest ordinal and recipient number: three bytes of varint.
    package static let numberLimit = 1 << 21 - 1

    package init(reference: MessageReference, ordinal: Int, recipient: Int, day: UInt16, target: [UInt8]) {
        self.reference = reference
        self.ordinal = ordinal
        self.recipient = recipient
        self.day = day
        self.target = target
    }

    /// The target for people and line-wise programs: as found, or as a browser writes it where it holds controls.
    ///
    /// A browser drops tabs and line ends within a URL, so a message may well have them there.
    package var targetLine: [UInt8] {
        guard target.contains(where: { $0 < .space || $0 == 0x7F }) else { return target }
        return (try? WebURL.parse(target))?.serialized ?? []
    }

    /// The day of issue of a moment in milliseconds since 1970, UTC.
    package static func day(at milliseconds: Int64) -> UInt16 {
        let firstDay: Int64 = 18_262  // 2020-01-01, counted from 1970-01-01
        return UInt16(clamping: milliseconds / 86_400_000 - firstDay)
    }

    /// Whether the numbers and the target keep to the limits.
    var isWritable: Bool {
        target.count <= Self.targetSizeLimit && (0...Self.numberLimit).contains(ordinal)
            && (0...Self.numberLimit).contains(recipient)
    }

    /// The text of the token, signed with the current key; nil when it does not keep to the limits.
    func text(behind host: VisibleHost, keys: KeyRing) -> [UInt8]? {
        guard isWritable else { return nil }
        let signed = TokenLayout.bytes(of: self, keyID: keys.current.id)
        return Base64URL.encode(signed + keys.current.linkCode(host: host, signed: signed))
    }
}

/// A token as it came in a request: worth nothing until verified.
package struct UnverifiedLinkToken: Hashable, Sendable {
    /// The token as it is spelled, without what a program put behind it: what a `ProceedToken` is bound to.
    package let text: [UInt8]
    private let host: VisibleHost
    private let content: TokenLayout.Content
    private let signed: [UInt8]
    private let code: [UInt8]

    /// Characters of a token: stops a request from making us decode and hash more than any link of ours has.
    package static let textSizeLimit = 7_680

    /// The token with the host that stands before it in the path, as both stand there.
    ///
    /// Nil for what has not the form of a token.
    package init?(host: some Collection<UInt8>, token: some Collection<UInt8>) {
        guard token.count <= Self.textSizeLimit, let host = VisibleHost(inPath: host),
            let bytes = Base64URL.decode(token), bytes.count > MAC.size
        else { return nil }
        text = Array(token)
        signed = Array(bytes.dropLast(MAC.size))
        code = Array(bytes.suffix(MAC.size))
        guard let content = TokenLayout.content(of: signed) else { return nil }
        self.host = host
        self.content = content
    }

    /// The token of a link of ours, of which this stands behind `/to/`: `<host>/<token>`, and perhaps more.
    ///
    /// Programs that find links in text often take along what stands behind one: `<token>)`, `<token>,and`. So the token
    /// ends before the first byte that is not of base64url, and not with a dash or an underscore, as no token does
    /// (`TokenLayout`). That is safe because the MAC decides: nothing that is cut off can make a token good. A further
    /// segment is no such addition, and no link of ours.
    package init?(path: ArraySlice<UInt8>) {
        guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let rest = path[(slash + 1)...].prefix(Self.textSizeLimit + 1)
        let spelled = Base64URL.digits(atStartOf: rest)
        guard rest.dropFirst(spelled.count).first != UInt8(ascii: "/"),
            let last = spelled.lastIndex(where: \.isASCIIAlphanumeric)
        else { return nil }
        self.init(host: path[..<slash], token: spelled[...last])
    }

    /// The token, when a key of the ring that is still trusted signed it together with this host.
    package func verified(by keys: KeyRing) -> LinkToken? {
        guard case .good(let token) = proof(by: keys) else { return nil }
        return token
    }

    /// What a key of the ring, in whatever state, says about it; nil when none signed it.
    package func proof(by keys: KeyRing) -> LinkProof? {
        guard let key = keys.key(content.keyID), constantTimeEqual(key.linkCode(host: host, signed: signed), code)
        else { return nil }
        return key.isTrusted ? .good(content.token) : .revoked(content.token)
    }
}

/// What a token is worth.
package enum LinkProof: Hashable, Sendable {
    /// We made it.
    case good(LinkToken)
    /// We made it, or whoever has the revoked key did: shown with a warning, never followed at once.
    case revoked(LinkToken)
}

extension LinkKey {
    /// The MAC of a link token: label, host with its length, and the token's bytes.
    fileprivate func linkCode(host: VisibleHost, signed: [UInt8]) -> [UInt8] {
        let size = UInt16(truncatingIfNeeded: host.bytes.count)  // at most VisibleHost.sizeLimit
        return code([UInt8(size >> 8), UInt8(size & 0xFF)] + host.bytes + signed, for: .linkToken)
    }
}
