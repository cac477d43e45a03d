// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// What is looked up for a value that an administrator or a feed gives.
///
/// Values come as people copy them: with or without `http://`, and defanged as in reports (`hxxp://evil[.]example`).
package enum IndicatorPattern {
    /// In bytes: what fits in an index entry of both engines with room to spare.
    package static let sizeLimit = 2_000
    /// Bytes of a value as it was entered, which is kept too: what a link can carry, and a little.
    private static let valueLimit = 8_000

    /// Hexadecimal digits of a SHA-256, a SHA-1 and an MD5.
    package static let digestSizes = [64, 40, 32]

    /// The canonical expression (`host/path`, `host/`), or the small hexadecimal digits of a digest.
    package static func pattern(of kind: Indicator.Kind, value: String) throws(IndicatorPatternError) -> String {
        guard value.utf8.count <= valueLimit else {
            throw IndicatorPatternError(kind, value, "has \(value.utf8.count) bytes, the limit is \(valueLimit)")
        }
        let bytes = trimmed(value)
        guard !bytes.isEmpty else { throw IndicatorPatternError(kind, value, "is empty") }
        // Browsers drop line ends and tabs within a URL; in a list they are two lines that were glued together.
        guard !bytes.contains(where: { $0 < .space }) else {
            throw IndicatorPatternError(kind, value, "has a line end or another control within")
        }
        let pattern =
            switch kind {
            case .url: try canonical(refanged(bytes), kind, value).expression
            case .domain: try domain(refanged(bytes), value)
            case .file: try digest(bytes, value)
            }
        guard pattern.count <= sizeLimit else {
            throw IndicatorPatternError(kind, value, "has \(pattern.count) bytes, the limit is \(sizeLimit)")
        }
        return pattern.text
    }

    private static func digest(_ bytes: [UInt8], _ value: String) throws(IndicatorPatternError) -> [UInt8] {
        guard digestSizes.contains(bytes.count), bytes.allSatisfy(\.isASCIIHexDigit) else {
            throw IndicatorPatternError(
                .file, value,
                """
                is no SHA-256, SHA-1 or MD5: expected 64, 40 or 32 hexadecimal digits, found \(bytes.count) bytes
                """)
        }
        return bytes.lowercased
    }

    private static func domain(_ bytes: [UInt8], _ value: String) throws(IndicatorPatternError) -> [UInt8] {
        if let odd = bytes.first(where: { stops.contains($0) }) {
            throw IndicatorPatternError(
                .domain, value, "is no domain: expected a host name alone, found '\([odd].text)'")
        }
        if bytes.starts(with: ("*." as StaticString).bytes) {
            throw IndicatorPatternError(.domain, value, "already covers all hosts below it: leave out '*.'")
        }
        return try canonical(bytes + [UInt8(ascii: "/")], .domain, value).expression
    }

    /// What ends a host, or stands before it; a colon too, but for IPv6 addresses, which come in brackets.
    private static let stops = Set(("/?#@\\ %" as StaticString).bytes)

    private static func canonical(
        _ bytes: [UInt8], _ kind: Indicator.Kind, _ value: String
    ) throws(IndicatorPatternError) -> CanonicalURL {
        let url: WebURL
        do {
            url = try WebURL.parse(try absolute(bytes, kind, value))
        } catch let error as IndicatorPatternError {
            throw error
        } catch {
            throw IndicatorPatternError(kind, value, "is no URL: \(error)")
        }
        guard url.isWeb else {
            throw IndicatorPatternError(kind, value, "expected an http or https URL, found '\(url.scheme.text):'")
        }
        guard let canonical = CanonicalURL(url) else { throw IndicatorPatternError(kind, value, "has no host") }
        if kind == .domain, url.port != nil {
            throw IndicatorPatternError(kind, value, "is no domain: expected a host name alone, found a port")
        }
        return canonical
    }

    /// The value with `http://` before it when it starts with its host.
    private static func absolute(
        _ bytes: [UInt8], _ kind: Indicator.Kind, _ value: String
    ) throws(IndicatorPatternError) -> [UInt8] {
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        if kind == .url, bytes[colon...].starts(with: ("://" as StaticString).bytes),
            bytes[..<colon].allSatisfy({ $0.isASCIIAlphanumeric })
        {
            return bytes
        }
        let authority = bytes.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        // "mailto:a@b" must not become a URL with a password.
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw IndicatorPatternError(kind, value, "expected an http or https URL, or a host and a path")
        }
        return ("http://" as StaticString).bytes + bytes
    }

    /// Spaces and line ends around the value go; it was pasted.
    private static func trimmed(_ value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        guard let first = bytes.firstIndex(where: { $0 > .space }), let last = bytes.lastIndex(where: { $0 > .space })
        else { return [] }
        return Array(bytes[first...last])
    }

    /// `hxxp://evil[.]example` as reports write it, so that nobody clicks it, read as it is meant.
    private static func refanged(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var rest = bytes[...]
        if rest.prefix(4).equalsIgnoringCase("hxxp") {
            out = ("http" as StaticString).bytes
            rest = rest.dropFirst(4)
        }
        let dot = ("[.]" as StaticString).bytes
        while let byte = rest.first {
            let isDot = byte == UInt8(ascii: "[") && rest.starts(with: dot)
            out.append(isDot ? UInt8(ascii: ".") : byte)
            rest = rest.dropFirst(isDot ? dot.count : 1)
        }
        return out
    }
}

/// Why a value is no indicator; for the person who entered it.
package struct IndicatorPatternError: Error, Hashable, Sendable, CustomStringConvertible {
    package let kind: Indicator.Kind
    package let value: String
    private let problem: String

    /// Values come from feeds too; a long one is shown by its beginning.
    private static let shownLimit = 200

    init(_ kind: Indicator.Kind, _ value: String, _ problem: String) {
        self.kind = kind
        self.value = value
        self.problem = problem
    }

    package var description: String {
        let shown = value.unicodeScalars.prefix(Self.shownLimit).map { scalar in
            scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
        }
        return "\(kind.rawValue) '\(shown.joined())': \(problem)"
    }
}

extension IndicatorPattern {
    /// The public suffix (`com`, `co.uk`) all of whose names the pattern covers; nil: it covers less.
    package static func publicSuffix(coveredBy pattern: String) -> String? {
        let host = String(pattern.prefix { $0 != "/" })
        guard pattern.utf8.count == host.utf8.count + 1 else { return nil }
        // Addresses are nobody's suffix, and no top-level domain is a number.
        let isAddress = host.hasPrefix("[") || host.utf8.last.map(\.isASCIIDigit) == true
        guard !isAddress, PublicSuffixList.system.registrableDomain(of: Array(host.utf8)) == nil else { return nil }
        return host
    }
}
