// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The name of a header field: compared without ASCII case (RFC 5322, section 1.2.2).
package struct HeaderFieldName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name as written.
    package let bytes: [UInt8]

    package init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
    }

    package init(stringLiteral value: StaticString) {
        bytes = value.bytes
    }

    package static func == (left: HeaderFieldName, right: HeaderFieldName) -> Bool {
        left.bytes.equalsIgnoringCase(right.bytes)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in bytes { hasher.combine(byte.lowercased) }
    }

    package var description: String { bytes.text }

    /// The field that names a message for quarantine (Sources/README.md, Formats).
    package static let stamp: HeaderFieldName = "X-Rearguard-Id"
}

/// One header field as received.
package struct HeaderField: Hashable, Sendable {
    package let name: HeaderFieldName
    /// The value with its folding; the line end that closes the field is not part of it.
    package let value: [UInt8]

    package init(name: HeaderFieldName, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}
