// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Fields written as `application/x-www-form-urlencoded`: an HTML form's body, or a query (WHATWG URL, section 5.1).
package struct FormFields: Sendable {
    /// Fields kept: stops a body of nothing but `&` from filling memory.
    package static let countLimit = 64

    private let fields: [(name: String, value: String)]

    /// Reads the fields; what is beyond the limit is dropped.
    package init(_ bytes: [UInt8]) {
        fields = bytes.split(separator: UInt8(ascii: "&"), maxSplits: Self.countLimit).prefix(Self.countLimit).map {
            let mark = $0.firstIndex(of: UInt8(ascii: "=")) ?? $0.endIndex
            return (
                Percent.decode($0[..<mark], plusIsSpace: true),
                Percent.decode($0[mark...].dropFirst(), plusIsSpace: true)
            )
        }
    }

    /// The value of the first field of that name.
    package subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value
    }
}

/// Percent-encoding as text (RFC 3986, section 2.1).
package enum Percent {
    /// The text behind the bytes; bad UTF-8 becomes U+FFFD, a lone `%` stays.
    static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), bytes.endIndex - index > 2, let high = bytes[index + 1].hexValue,
                let low = bytes[index + 2].hexValue
            {
                out.append(high << 4 | low)
                index += 3
                continue
            }
            out.append(plusIsSpace && byte == UInt8(ascii: "+") ? .space : byte)
            index += 1
        }
        return out.text
    }

    /// The text as one path segment or form value: all but letters, digits and `-._~` are encoded.
    package static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            if byte.isASCIIAlphanumeric || "-._~".utf8.contains(byte) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(contentsOf: Hex.encode([byte]))
            }
        }
        return out.text
    }
}
