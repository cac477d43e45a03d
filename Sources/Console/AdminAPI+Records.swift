// SPDX-License-Identifier: Apache-2.0

package import Store
import Web

/// One message with everything that is known about it.
package struct MessageView: Codable, Hashable, Sendable {
    package let message: MessageRow
    package let links: [LinkRow]
    package let attachments: [AttachmentRow]
    package let clicks: [ClickRow]
}

/// Messages and clicks.
extension AdminAPI {
    /// Clicks shown with one message.
    private static let clickLimit = 1_000

    func addRecords(to routes: inout Routes) {
        routes.add("GET", "/v1/messages") { request in
            try await timed(request, { PageCursor(at: $0.at, name: $0.reference) }) { before, limit, transaction in
                try MessageStore.list(before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/messages/{reference}") { request in
            let reference = request.parameters["reference"] ?? ""
            return try await answer(200) { transaction in try Self.message(reference, transaction) }
        }
        routes.add("GET", "/v1/clicks") { request in
            let filter = ClickStore.Filter(
                clicker: request.queryFields["clicker"], outcome: request.queryFields["outcome"])
            return try await timed(request, { PageCursor(at: $0.at, name: $0.id) }) { before, limit, transaction in
                try ClickStore.list(filter, before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/clicks/{id}") { request in
            let id = request.parameters["id"] ?? ""
            return try await answer(200) { transaction in
                guard let click = try ClickStore.click(id, in: transaction) else {
                    throw StoreError(.notFound, "there is no click \(id)")
                }
                return click
            }
        }
    }

    private static func message(_ reference: String, _ transaction: any SQLTransaction) throws -> MessageView {
        guard let message = try MessageStore.message(reference, in: transaction) else {
            throw StoreError(.notFound, "there is no message \(reference)")
        }
        return MessageView(
            message: message, links: try MessageStore.links(of: reference, in: transaction),
            attachments: try MessageStore.attachments(of: reference, in: transaction),
            clicks: try ClickStore.clicks(inMessage: reference, limit: clickLimit, in: transaction))
    }
}
