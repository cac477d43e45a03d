// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// The pieces of a URL that wrappers use, still encoded: a value is decoded once it is cut out, never before.
struct WrappedURL {
    let hostBytes: [UInt8]
    let path: [UInt8]
    let query: [UInt8]
    private let url: WebURL

    /// Hexadecimal digits of a signature.
    static let signatureSize = 64

    init(_ url: WebURL) {
        self.url = url
        hostBytes = url.hostBytes
        path = url.path
        query = url.query ?? []
    }

    /// Path, query and fragment as they are written.
    var tail: [UInt8] {
        var tail = url.path
        if let query = url.query { tail += [.questionMark] + query }
        if let fragment = url.fragment { tail += [.numberSign] + fragment }
        return tail
    }

    // MARK: Query

    /// The first value of the first name that has one.
    func value(of names: [StaticString]) -> [UInt8]? {
        for name in names {
            if let value = value(of: name), !value.isEmpty { return value }
        }
        return nil
    }

    private func value(of name: StaticString) -> [UInt8]? {
        let name = name.bytes
        var start = 0
        while start < query.count {
            let end = query.span.index(of: .ampersand, from: start, to: query.count)
            let equals = query.span.index(of: .equalsSign, from: start, to: end)
            if equals < end, Self.isSpelled(query[start..<equals], name) { return Array(query[(equals + 1)..<end]) }
            start = end + 1
        }
        return nil
    }

    private static func isSpelled(_ key: ArraySlice<UInt8>, _ name: [UInt8]) -> Bool {
        key.contains(0x25) ? PercentEncoding.decode(key).equalsIgnoringCase(name) : key.equalsIgnoringCase(name)
    }

    /// A value that may be a host.
    func host(of name: StaticString) -> [UInt8]? {
        guard let value = value(of: name),
            let url = try? WebURL.parse(("http://" as StaticString).bytes + PercentEncoding.decode(value)),
            case .domain(let host)? = url.host
        else { return nil }
        return host
    }

    func isSigned(by name: StaticString) -> Bool {
        guard let value = value(of: name) else { return false }
        return value.count == Self.signatureSize && value.allSatisfy(\.isASCIIHexDigit)
    }

    // MARK: Path

    /// The segment of the path with that number, from 0.
    func segment(_ number: Int) -> [UInt8]? {
        let segments = path.dropFirst().split(
            separator: .solidus, maxSplits: number + 1, omittingEmptySubsequences: false)
        return segments.count > number ? Array(segments[number]) : nil
    }

    /// What stands between two marks, the second of which may be missing.
    func between(_ start: [UInt8], _ end: [UInt8]) -> [UInt8]? {
        guard let first = tail.range(of: start) else { return nil }
        let rest = tail[first.upperBound...]
        return Array(rest[..<(rest.range(of: end)?.lowerBound ?? rest.endIndex)])
    }

    var ciscoTarget: [UInt8]? {
        if let value = between(("&url=" as StaticString).bytes, ("&" as StaticString).bytes) { return value }
        let token = path.dropFirst().prefix { $0 != .solidus }
        let rest = tail.dropFirst(token.count + 2)
        return rest.isEmpty ? nil : Array(rest)
    }

    var underscoredTarget: [UInt8]? {
        let mark = ("___" as StaticString).bytes
        guard let first = tail.range(of: mark) else { return nil }
        let rest = tail[first.upperBound...]
        guard let last = rest.range(of: mark + [.fullStop]) else { return nil }
        return Array(rest[..<last.lowerBound])
    }

    var ampTarget: [UInt8]? {
        var rest = tail.dropFirst().drop { $0 != .solidus }.dropFirst()
        let isSecure = rest.starts(with: [0x73, .solidus])
        if isSecure { rest = rest.dropFirst(2) }
        let scheme = isSecure ? ("https://" as StaticString).bytes : ("http://" as StaticString).bytes
        return rest.isEmpty ? nil : scheme + rest
    }

    /// `a-b--c` stands for `a.b-c`; parameters of the service go.
    var translatedTarget: [UInt8]? {
        let label = hostBytes.prefix { $0 != .fullStop }
        var host: [UInt8] = []
        var place = label.startIndex
        while place < label.endIndex {
            let isDouble = label[place] == .hyphen && place + 1 < label.endIndex && label[place + 1] == .hyphen
            host.append(label[place] == .hyphen && !isDouble ? .fullStop : label[place])
            place += isDouble ? 2 : 1
        }
        guard host.contains(.fullStop) else { return nil }
        let own = ("_x_tr_" as StaticString).bytes
        let pairs = query.split(separator: .ampersand).filter { !$0.starts(with: own) }
        let isPlain = value(of: "_x_tr_sch").map { $0.equalsIgnoringCase("http") } ?? false
        let scheme = isPlain ? ("http://" as StaticString).bytes : ("https://" as StaticString).bytes
        return scheme + host + path
            + (pairs.isEmpty ? [] : [.questionMark] + Array(pairs.joined(separator: [.ampersand])))
    }

    // MARK: Base64

    /// The bytes behind base64 of either alphabet, up to the first byte that is none of it.
    ///
    /// Lenient: other programs pad or do not, and leave bits over.
    static func base64(_ text: some Collection<UInt8>) -> [UInt8]? {
        let digits = Base64URL.digits(
            atStartOf: text.map { $0 == 0x2B ? UInt8.hyphen : $0 == .solidus ? 0x5F : $0 }[...])
        let whole = digits.prefix(digits.count - digits.count % 4)
        guard var out = Base64URL.decode(whole) else { return nil }
        let rest = digits.dropFirst(whole.count)
        // Two or three digits stand for one or two bytes; what is added to make four is dropped again.
        if rest.count > 1, let last = Base64URL.decode(rest + [UInt8](repeating: 0x41, count: 4 - rest.count)) {
            out += last.prefix(rest.count - 1)
        }
        return out.isEmpty ? nil : out
    }

    /// The string `url` of the JSON object in the value `key`.
    var jsonTarget: [UInt8]? {
        guard let key = value(of: "key"), let json = Self.base64(PercentEncoding.decode(key)),
            let name = json.range(of: ("\"url\"" as StaticString).bytes)
        else { return nil }
        var rest = json[name.upperBound...].drop(while: \.isHTMLSpace)
        guard rest.popFirst() == .colon else { return nil }
        rest = rest.drop(while: \.isHTMLSpace)
        guard rest.popFirst() == .quotationMark else { return nil }
        return Self.jsonString(rest)
    }

    /// The characters of a JSON string up to its closing quote (RFC 8259, section 7).
    private static func jsonString(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = text
        var out: [UInt8] = []
        while let byte = rest.popFirst(), byte != .quotationMark {
            guard byte == .reverseSolidus, let escaped = rest.popFirst() else {
                out.append(byte)
                continue
            }
            if escaped == 0x75, rest.count >= 4 {
                out.appendUTF8(rest.prefix(4).reduce(0) { $0 << 4 | UInt32($1.hexValue ?? 0) })
                rest = rest.dropFirst(4)
            } else {
                out.append(escaped)
            }
        }
        return out.isEmpty ? nil : out
    }
}
