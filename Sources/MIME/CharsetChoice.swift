// SPDX-License-Identifier: Apache-2.0

import Bytes

/// In which charset a text is read, and which others some clients would take.
///
/// A byte order mark comes before the label (Encoding Standard, section 6), the label before what the HTML says of
/// itself: mail clients put the label's charset over it. Where the others would show an address that the chosen one does
/// not, the part is written anew, so that all agree.
struct CharsetChoice {
    let charset: Charset
    /// Bytes of the mark, which is no text.
    let markLength: Int
    /// Sets that another client might take.
    private let others: [Charset]

    init(_ type: ContentType, of bytes: [UInt8]) {
        let label = type.parameters["charset"].map { Charset(label: $0) }
        let declared = type.isMarkup ? CharsetDeclarations.first(in: bytes) : nil
        let mark = Charset.mark(of: bytes)
        let unmarked = label ?? Self.unlabelled(declared, bytes)
        charset = Self.settled(mark?.charset ?? unmarked, bytes, hasMark: mark != nil)
        markLength = mark?.length ?? 0
        others = [mark == nil ? nil : unmarked, declared].compactMap { $0 }
    }

    /// What has no label is what it says itself; a text with the shifts of ISO-2022-JP is that, as browsers guess.
    private static func unlabelled(_ declared: Charset?, _ bytes: [UInt8]) -> Charset {
        if let declared, declared != .ascii { return declared }
        return bytes.range(of: [0x1B, UInt8(ascii: "$")]) == nil ? .ascii : .converted(name: "iso-2022-jp")
    }

    /// 16- and 32-bit labels over text without a zero byte are a mistake that clients see through; and of UTF-16 without
    /// a mark the order is the one that makes more of it ASCII.
    private static func settled(_ charset: Charset, _ bytes: [UInt8], hasMark: Bool) -> Charset {
        guard case .converted(let name) = charset, name.hasPrefix("utf-16") || name.hasPrefix("utf-32"), !hasMark else {
            return charset
        }
        let zeros = zeros(bytes)
        if zeros.even + zeros.odd == 0, String(validating: bytes, as: UTF8.self) != nil { return .ascii }
        return name == "utf-16le" && zeros.even > zeros.odd ? .converted(name: "utf-16be") : charset
    }

    /// Zero bytes at even and at odd places.
    private static func zeros(_ bytes: [UInt8]) -> (even: Int, odd: Int) {
        var even = 0
        var odd = 0
        for index in bytes.indices where bytes[index] == 0 {
            if index.isMultiple(of: 2) { even += 1 } else { odd += 1 }
        }
        return (even, odd)
    }

    /// Why clients may see addresses that `text` does not show.
    func doubt(about text: [UInt8], in bytes: [UInt8]) -> String? {
        for other in candidates(bytes) {
            let otherText: [UInt8]
            if case .converted(let name) = other {
                otherText = CharsetConverter.utf8(bytes, from: name) ?? bytes
            } else {
                otherText = bytes
            }
            guard AddressSigns.stand(in: otherText) else { continue }
            let isSame = text.lazy.filter { $0 < 0x80 }.elementsEqual(otherText.lazy.filter { $0 < 0x80 })
            if !isSame { return "charset: \(charset.name) or \(other.name)" }
        }
        return nil
    }

    private func candidates(_ bytes: [UInt8]) -> [Charset] {
        var out = others.filter { $0 != charset && (!charset.isScannable || !$0.isScannable) }
        guard case .converted(let name) = charset else { return out }
        if CharsetConverter.showsASCII(name) { out.append(.ascii) }
        if name == "utf-16le", markLength == 0 { out.append(.converted(name: "utf-16be")) }
        if name == "utf-16be", markLength == 0 { out.append(.converted(name: "utf-16le")) }
        return out
    }
}

/// Signs that a text may hold an address, in whatever disguise.
enum AddressSigns {
    private static let www = ("www." as StaticString).bytes
    private static let href = ("href" as StaticString).bytes
    private static let http = ("http" as StaticString).bytes

    static func stand(in text: [UInt8]) -> Bool {
        let span = text.span
        for index in span.indices {
            switch span[index] {
            case UInt8(ascii: ":"):
                guard index &+ 1 < span.count else { continue }
                if span[index &+ 1] == UInt8(ascii: "/") || span[index &+ 1] == UInt8(ascii: "\\") { return true }
            case UInt8(ascii: "&"):
                if index &+ 1 < span.count, span[index &+ 1] == UInt8(ascii: "#") { return true }
            case UInt8(ascii: "w"), UInt8(ascii: "W"):
                if span.hasWord(at: index, Self.www) { return true }
            case UInt8(ascii: "h"), UInt8(ascii: "H"):
                if span.hasWord(at: index, Self.href) || span.hasWord(at: index, Self.http) { return true }
            default: continue
            }
        }
        return false
    }
}
