// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// How a wrapper carries the link inside it.
enum VendorRule: Sendable {
    enum Content {
        /// As it was spelled, and as a browser would open it.
        case url([UInt8], WebURL)
        case opaque(hint: [UInt8]?)
    }

    /// The value of the first of these names; `signedBy` names a value of 64 hexadecimal digits that has to be there.
    case query([StaticString], isOpaqueElse: Bool = false, signedBy: StaticString? = nil)
    /// The same in base64, behind a prefix.
    case base64([StaticString], hint: StaticString?, prefix: StaticString = "")
    /// Only the vendor knows; the named value may say the host.
    case opaque(hint: StaticString?)
    /// The whole query is the URL.
    case wholeQuery
    case proofpoint1, proofpoint2, proofpoint3
    /// `/<token>/<percent-encoded target>`, or `/auth=…&url=…`.
    case cisco
    /// `___<target>___.<blob>`.
    case tripleUnderscore
    /// The field `url` of a JSON object in base64.
    case jsonKey
    /// `/s/host/path`, without the `s` for http.
    case amp
    /// `example-com.translate.goog`.
    case translated
    /// `/L0/<percent-encoded target>/…`.
    case secondSegment
    case between(StaticString, StaticString)

    /// Whether the link is long enough to hold what the rule asks for: a rule for all hosts would else take every link
    /// apart.
    func mayRead(_ url: WebURL) -> Bool {
        guard case .query(_, _, _?) = self else { return true }
        return url.query.map { $0.count > WrappedURL.signatureSize } ?? false
    }

    /// What the link holds; nil when it is none of this form.
    func content(of url: WrappedURL) -> Content? {
        switch self {
        case .query(let names, let isOpaqueElse, let signature):
            if let signature, !url.isSigned(by: signature) { return nil }
            if let value = url.value(of: names) { return Self.inner(value) }
            return isOpaqueElse ? .opaque(hint: nil) : nil
        case .base64(let names, let hint, let prefix):
            if let value = url.value(of: names), let bytes = Self.base64(value, prefix.bytes) {
                return Self.exact(bytes) ?? Self.inner(bytes)
            }
            return hint.map { .opaque(hint: url.host(of: $0)) }
        case .opaque(let hint): return .opaque(hint: hint.flatMap(url.host))
        case .wholeQuery: return Self.exact(url.query) ?? Self.inner(url.query)
        case .proofpoint1: return ProofpointLink.first(url).flatMap(Self.exact)
        case .proofpoint2: return ProofpointLink.second(url).flatMap(Self.exact)
        case .proofpoint3: return ProofpointLink.third(url).flatMap(Self.exact)
        case .cisco: return url.ciscoTarget.flatMap { Self.exact($0) ?? Self.inner($0) }
        case .tripleUnderscore: return url.underscoredTarget.flatMap { Self.exact($0) ?? Self.inner($0) }
        case .jsonKey: return url.jsonTarget.flatMap(Self.exact)
        case .amp: return url.ampTarget.flatMap(Self.exact)
        case .translated: return url.translatedTarget.flatMap(Self.exact)
        case .secondSegment: return url.segment(1).flatMap(Self.inner)
        case .between(let start, let end): return url.between(start.bytes, end.bytes).flatMap(Self.inner)
        }
    }

    /// Times a value is decoded at most: some senders encode twice.
    private static let decodings = 3

    /// The URL behind a percent-encoded value: decoded once, and again only while it is no absolute URL.
    ///
    /// A second decoding of what is one already would spoil its `%2520`.
    private static func inner(_ value: [UInt8]) -> Content? {
        var value = value
        for _ in 0..<decodings {
            value = PercentEncoding.decode(value)
            if let content = exact(value) { return content }
        }
        return bare(value)
    }

    /// The URL that these bytes are; it has to be one of the web.
    private static func exact(_ bytes: [UInt8]) -> Content? {
        guard let url = try? WebURL.parse(bytes), url.isWeb else { return nil }
        return .url(bytes, url)
    }

    /// A host without a scheme, which some services take as well: it needs a dot, and no other scheme.
    private static func bare(_ value: [UInt8]) -> Content? {
        let slashes = value.prefix { $0.isSlash }.count
        let authority = value.dropFirst(slashes).prefix { !$0.endsAuthority }
        guard slashes == 0 || slashes == 2, authority.contains(.fullStop), !authority.contains(0x40),
            authority.first?.isASCIIAlphanumeric == true || authority.first?.isNonASCII == true,
            let url = try? WebURL.parse(("http://" as StaticString).bytes + value.dropFirst(slashes)), url.isWeb
        else { return nil }
        return .url(value, url)
    }

    private static func base64(_ value: [UInt8], _ prefix: [UInt8]) -> [UInt8]? {
        let text = PercentEncoding.decode(value)
        return text.starts(with: prefix) ? WrappedURL.base64(text.dropFirst(prefix.count)) : nil
    }
}
