// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One HTTP request, read whole.
package struct WebRequest: Sendable {
    /// In capitals, as on the wire.
    package let method: String
    /// The path as on the wire: percent-encoding, case and dots untouched; printable ASCII only.
    package let path: [UInt8]
    /// What follows the first `?`, as on the wire.
    package let query: [UInt8]?
    /// The address of the peer without its port; `local` on a Unix socket.
    package let peer: String
    /// At most `WebLimits.body` bytes.
    package let body: [UInt8]
    /// The path's parameters, percent-decoded; `Routes` fills them in.
    package internal(set) var parameters: [String: String] = [:]

    private let fields: [WebField]

    /// A request for `target`, a path with or without a query.
    package init(
        method: String = "GET", target: [UInt8], fields: [WebField] = [], peer: String = "local", body: [UInt8] = []
    ) {
        self.method = method
        self.fields = fields
        self.peer = peer
        self.body = body
        let mark = target.firstIndex(of: UInt8(ascii: "?"))
        path = Array(target[..<(mark ?? target.endIndex)])
        query = mark.map { Array(target[($0 + 1)...]) }
    }

    /// The value of the first header field of that name.
    package func field(_ name: String) -> String? {
        fields.first { $0.name.utf8.equalsIgnoringCase(name.utf8) }?.value
    }

    /// The fields of an HTML form in the body.
    package var form: FormFields { FormFields(body) }

    /// The fields of the query.
    package var queryFields: FormFields { FormFields(query ?? []) }
}

/// A header field of a request or of an answer.
package struct WebField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the field may go out: a token as name (RFC 9110, section 5.1), printable ASCII and spaces as value.
    ///
    /// Stricter than the RFC, so that nobody's bytes can end a line or begin another (response splitting).
    package var isClean: Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
            && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
