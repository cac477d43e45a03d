// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One HTTP answer, whole.
///
/// Content-Length, Date and, for HEAD, the missing body are the server's business.
package struct WebResponse: Hashable, Sendable {
    package var status: Int
    package var fields: [WebField]
    package var body: [UInt8]

    package init(status: Int, fields: [WebField] = [], body: [UInt8] = []) {
        self.status = status
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
        fields.first { $0.name.utf8.equalsIgnoringCase(name.utf8) }?.value
    }
}
