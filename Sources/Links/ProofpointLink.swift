// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// The three formats of Proofpoint's URL Defense.
enum ProofpointLink {
    /// `/v1/url?u=<percent-encoded>&k=…`; the target was taken from HTML without decoding its references.
    static func first(_ url: WrappedURL) -> [UInt8]? {
        url.value(of: ["u"]).map { unescaped(PercentEncoding.decode($0)) }
    }

    /// `/v2/url?u=…&d=…`: `-` stands for `%`, `_` for `/`.
    static func second(_ url: WrappedURL) -> [UInt8]? {
        guard let value = url.value(of: ["u"]) else { return nil }
        let percent = value.map { $0 == .hyphen ? 0x25 : $0 == 0x5F ? .solidus : $0 }
        return unescaped(PercentEncoding.decode(percent))
    }

    /// `/v3/__<target>__;<base64>!…`: what a linkifier would have cut is one `*` for one character or `**X` for a run of
    /// bytes, and stands in the base64.
    static func third(_ url: WrappedURL) -> [UInt8]? {
        let mark = ("__" as StaticString).bytes
        guard let start = url.tail.range(of: mark) else { return nil }
        let rest = url.tail[start.upperBound...]
        guard let end = rest.range(of: ("__;" as StaticString).bytes) else { return nil }
        let text = PercentEncoding.decode(withSlash(Array(rest[..<end.lowerBound])))
        let digits = rest[end.upperBound...].prefix { $0 != .exclamationMark }
        guard end.upperBound + digits.count < rest.endIndex else { return nil }
        return filled(text, from: WrappedURL.base64(digits) ?? [])
    }

    /// The slash that some programs take out of `https://`.
    private static func withSlash(_ target: [UInt8]) -> [UInt8] {
        guard let colon = target.firstIndex(of: .colon), target[..<colon].allSatisfy(\.isASCIILetter),
            target.dropFirst(colon + 1).first == .solidus, target.dropFirst(colon + 2).first != .solidus
        else { return target }
        return target[...colon] + [.solidus] + target[(colon + 1)...]
    }

    private static let star: UInt8 = 0x2A

    private static func filled(_ text: [UInt8], from cut: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var rest = text[...]
        var cut = cut[...]
        while let byte = rest.popFirst() {
            guard byte == star else {
                out.append(byte)
                continue
            }
            if rest.first == star, let run = rest.dropFirst().first.flatMap(runLength) {
                rest = rest.dropFirst(2)
                take(run, of: &cut, to: &out)
            } else {
                take(1, of: &cut, to: &out)
            }
        }
        return out
    }

    /// Takes so many bytes, and the rest of the last one's character.
    private static func take(_ count: Int, of cut: inout ArraySlice<UInt8>, to out: inout [UInt8]) {
        out.append(contentsOf: cut.prefix(count))
        cut = cut.dropFirst(count)
        while let byte = cut.first, byte & 0xC0 == 0x80 {
            out.append(byte)
            cut = cut.dropFirst()
        }
    }

    /// A stands for two bytes, `_` for 65.
    private static func runLength(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x41...0x5A: Int(byte) - 0x41 + 2
        case 0x61...0x7A: Int(byte) - 0x61 + 28
        case 0x30...0x39: Int(byte) - 0x30 + 54
        case .hyphen: 64
        case 0x5F: 65
        default: nil
        }
    }

    /// With HTML's character references undone.
    private static func unescaped(_ text: [UInt8]) -> [UInt8] {
        text.contains(.ampersand) ? MappedText(html: text.span, 0..<text.count, as: .text, charset: .utf8).bytes : text
    }
}
