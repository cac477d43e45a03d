// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One HTTP answer, whole.
///
/// Content-Length, Date and, for HEAD, the missing body are the server's business.
package struct WebResponse: Hashable, Sendable {
    package var status: Int
    /// What it shares with very many others; its own fields stand behind them.
    package let shared: SharedFields
    package var fields: [WebField]
    package var body: [UInt8]

    package init(status: Int, shared: SharedFields = .none, fields: [WebField] = [], body: [UInt8] = []) {
        self.status = status
        self.shared = shared
        self.fields = fields
        self.body = body
    }

    /// A line of plain text.
    package static func text(_ text: String, status: Int = 200) -> WebResponse {
        WebResponse(
            status: status, fields: [WebField("Content-Type", "text/plain; charset=utf-8")],
            body: Array("\(text)\n".utf8))
    }

    /// The value of the first header field of that name.
    package func field(_ name: String) -> String? {
        (shared.fields + fields).first { $0.name.utf8.equalsIgnoringCase(name.utf8) }?.value
    }
}

/// Header fields that very many answers share: checked, and written as bytes, once.
package struct SharedFields: Hashable, Sendable {
    package let fields: [WebField]
    /// As they go out, a line each.
    let lines: [UInt8]
    /// Whether all of them may go out.
    let isClean: Bool

    package static let none = SharedFields([])

    package init(_ fields: [WebField]) {
        self.fields = fields
        lines = fields.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) }
        isClean = fields.allSatisfy(\.isClean)
    }
}
