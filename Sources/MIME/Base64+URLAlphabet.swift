// SPDX-License-Identifier: Apache-2.0

import Bytes

// Base64 with `-` and `_` for `+` and `/` (RFC 4648, section 5), which has no place in mail. Some decoders read it all the
// same (Node's, and what is built on it), others pass over the two characters, so one content may show two texts.
extension Base64 {
    private static let dash = UInt8(ascii: "-")
    private static let underscore = UInt8(ascii: "_")

    /// The text of a content in that alphabet, when addresses may stand in it; nil for what is in the usual one.
    ///
    /// A line of it begins with a letter, a digit, `+` or `/` and holds nothing else: what mailing lists put below, as `-- `,
    /// is no such line.
    static func decodedForURLs(_ message: [UInt8], in content: Range<Int>) -> [UInt8]? {
        guard mayBeForURLs(message, in: content) else { return nil }
        let text = message[content]
        guard text.split(separator: .lineFeed).contains(where: isOfURLAlphabet) else { return nil }
        let plain = text.map { $0 == dash ? UInt8(ascii: "+") : $0 == underscore ? UInt8(ascii: "/") : $0 }
        let decoded = decode(plain, in: 0..<plain.count).bytes
        return AddressSigns.stand(in: decoded) ? decoded : nil
    }

    /// Whether one of the two characters stands there.
    static func mayBeForURLs(_ message: [UInt8], in content: Range<Int>) -> Bool {
        let place = message.span.index(
            of: dash, or: underscore, or: underscore, from: content.lowerBound, to: content.upperBound)
        return place < content.upperBound
    }

    private static func isOfURLAlphabet(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first, isValue(first), line.contains(dash) || line.contains(underscore) else {
            return false
        }
        return line.count >= 4
            && line.allSatisfy {
                isValue($0) || $0 == dash || $0 == underscore || $0 == UInt8(ascii: "=") || $0 == .carriageReturn
            }
    }
}
