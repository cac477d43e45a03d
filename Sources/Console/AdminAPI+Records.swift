// SPDX-License-Identifier: Apache-2.0

import Investigations
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
        routes.add("POST", "/v1/click-erasures") { try await eraseClicks($0.json(EraseRequest.self)) }
    }

    private func eraseClicks(_ request: EraseRequest) async throws -> WebResponse {
        let (mail, at) = (try request.mail, now())
        return try await told {
            // Who asked stands there even if we end in the middle.
            try await database.write { transaction in
                try Decisions.check(request.actor, request.reason)
                try AuditStore.append(
                    actor: request.actor, verb: "click.erase", object: mail.description, detail: request.reason,
                    at: at, in: transaction)
            }
            var erased = 0
            while case let count = try await database.write({ try ClickRetention.erase(mail, in: $0) }), count > 0 {
                erased += count
            }
            return try .json(EraseAnswer(erased: erased))
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
