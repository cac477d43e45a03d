// SPDX-License-Identifier: Apache-2.0

// Sealing: an ARC set (RFC 8617) over the message as it leaves us.
//
// Rewriting breaks the DKIM signatures that a message came with. The seal says, signed by this site, what the verifying
// milters before us found (verify → rewrite → seal → sign), so that whoever trusts this site need not care about the
// broken signature. Pure: bytes and a time in, three header fields out.
//
// An ARC chain that a message brings along must be verified before it is carried on (RFC 8617, section 5.1), which needs
// keys from the DNS. This process makes no connections, so the verdict is taken from where the site has it already: the
// `arc=` result of the Authentication-Results field that the verifying milter before us wrote under our own
// authserv-id. Where there is a chain and no such result, the message is not sealed: a seal that says `cv=pass` unseen
// would be a lie, one that says `cv=fail` would end an honest chain. Only the structure of the chain is judged here,
// because that needs no key: a broken one is `cv=fail` whatever anybody says.
//
// Road not taken: an own DNS resolver in the milter (a way out of a process that reads hostile mail).

import Bytes
package import Cryptography
import FoundationEssentials
package import Mail

/// Seals messages for one domain.
package struct ARCSealer: Sendable {
    /// What became of one message.
    package enum Outcome: Hashable, Sendable {
        /// The three fields in the order they are to be inserted, each before all others.
        case sealed([HeaderField])
        case unsealed(reason: String)
    }

    /// `d=` and `s=`: where verifiers find the public key.
    private let domain: [UInt8]
    private let selector: [UInt8]
    /// Whose Authentication-Results are believed, and under which name they go on.
    private let authservID: [UInt8]
    private let key: SigningKey

    package init(domain: String, selector: String, authservID: String, key: SigningKey) {
        self.domain = Array(domain.utf8)
        self.selector = Array(selector.utf8)
        self.authservID = Array(authservID.utf8)
        self.key = key
    }

    /// Seals the message as it is after the modifications; the time is in seconds since 1970, UTC.
    package func seal(_ message: ReceivedMessage, after modifications: [Modification], at time: Int64) -> Outcome {
        guard message.omitted == 0 else { return .unsealed(reason: "the message is over the size limit") }
        let results = TrustedResults(message, authservID: authservID)
        let fields = LeavingMessage.fields(of: message, after: modifications)
        let chain = ARCChain(fields)
        let place: ARCChain.Place
        switch chain.next(verified: results.arc) {
        case .success(let next): place = next
        case .failure(let why): return .unsealed(reason: why.description)
        }
        let bodyDigest = LeavingMessage.bodyDigest(of: message, after: modifications)
        guard let set = set(place, chain, results, fields, bodyDigest, time) else {
            return .unsealed(reason: "libcrypto makes no signature")
        }
        return .sealed(set)
    }

    private func set(
        _ place: ARCChain.Place, _ chain: ARCChain, _ results: TrustedResults, _ fields: [HeaderField],
        _ bodyDigest: [UInt8], _ time: Int64
    ) -> [HeaderField]? {
        let number = "\(place.instance)"
        let found = HeaderField(
            name: .arcResults, value: Array(" i=\(number); ".utf8) + authservID + results.forwarded)
        let list = SignedFields(fields)
        let common = "a=\(key.algorithm.rawValue); d=\(domain.text); s=\(selector.text); t=\(time)"
        let signature = sign(
            .arcSignature,
            " i=\(number); c=relaxed/relaxed; \(common);\r\n\th=\(list.names);\r\n\tbh=\(base64(bodyDigest));\r\n\tb=",
            over: list.canonical)
        guard let signature else { return nil }
        // RFC 8617, section 5.1.2: after a failed chain the seal covers its own set only.
        var sealed = place.status == .fail ? [] : chain.canonical
        sealed += RelaxedForm.field(found) + RelaxedForm.field(signature)
        let seal = sign(.arcSeal, " i=\(number); cv=\(place.status.rawValue); \(common);\r\n\tb=", over: sealed)
        guard let seal else { return nil }
        return [found, signature, seal]
    }

    /// The field with its signature over the bytes and over itself with an empty `b=` (RFC 6376, section 3.7).
    private func sign(_ name: HeaderFieldName, _ tags: String, over bytes: [UInt8]) -> HeaderField? {
        let tags = Array(tags.utf8)
        let unsigned = RelaxedForm.field(HeaderField(name: name, value: tags)).dropLast(2)
        guard let signature = key.signature(over: bytes + unsigned) else { return nil }
        return HeaderField(name: name, value: tags + folded(base64(signature)))
    }

    private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// In lines of a width that every mail program leaves alone.
    private func folded(_ text: String) -> [UInt8] {
        let width = 64
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: width) {
            if start > 0 { out += [.carriageReturn, .lineFeed, .tab] }
            out += bytes[start..<min(start + width, bytes.count)]
        }
        return out
    }
}

extension HeaderFieldName {
    static let arcResults: HeaderFieldName = "ARC-Authentication-Results"
    static let arcSignature: HeaderFieldName = "ARC-Message-Signature"
    static let arcSeal: HeaderFieldName = "ARC-Seal"
}
