// SPDX-License-Identifier: Apache-2.0

import Bytes
import Investigations
import Playbooks
package import Store
import Web

/// What the API may do with the bytes of objects.
package struct ObjectAccess: Sendable {
    /// The content in a password-protected archive; nil when its bytes are not there.
    package let archive: @Sendable (_ sha256: String) async throws -> [UInt8]?
    /// Takes the bytes away.
    package let erase: @Sendable (_ digests: [String]) async throws -> Void
    /// Sees to it that what waits to be kept, and only this mail has, is not; answers how many objects that were.
    package let eraseWaiting: @Sendable (_ mail: ErasedMail) async throws -> Int
    /// What the index over them knows; nil where there is none.
    package let index: @Sendable () -> ObjectIndexState?

    package init(
        archive: @escaping @Sendable (String) async throws -> [UInt8]?,
        erase: @escaping @Sendable ([String]) async throws -> Void,
        eraseWaiting: @escaping @Sendable (ErasedMail) async throws -> Int,
        index: @escaping @Sendable () -> ObjectIndexState? = { nil }
    ) {
        self.archive = archive
        self.erase = erase
        self.eraseWaiting = eraseWaiting
        self.index = index
    }
}

/// How much of what is kept need not be read for a new rule.
package struct ObjectIndexState: Codable, Hashable, Sendable {
    /// Objects that it knows.
    package let objects: Int
    /// Bytes of its files.
    package let size: Int

    package init(objects: Int, size: Int) {
        self.objects = objects
        self.size = size
    }
}

/// Who asks for an object's content, and why.
package struct ObjectRequest: Codable, Hashable, Sendable {
    package var actor: String
    package var reason: String?

    package init(actor: String, reason: String?) {
        self.actor = actor
        self.reason = reason
    }
}

/// Whose objects, or clicks, are to go: those of one message, or of one recipient.
package struct EraseRequest: Codable, Hashable, Sendable {
    package var message: String?
    package var recipient: String?
    package var actor: String
    package var reason: String?

    package init(message: String?, recipient: String?, actor: String, reason: String?) {
        self.message = message
        self.recipient = recipient
        self.actor = actor
        self.reason = reason
    }
}

/// How many objects lost their bytes, or how many clicks went.
package struct EraseAnswer: Codable, Hashable, Sendable {
    package let erased: Int
}

/// One object, where it came, and what is said about it.
package struct ObjectView: Codable, Hashable, Sendable {
    package let object: ObjectRow
    /// The messages that carry it, at most a hundred.
    package let messages: [MessageRow]
    /// The attachments and members that it was, in those messages.
    package let places: [AttachmentRow]
    package let indicators: [IndicatorRow]
}

/// How much is kept, and under which keys.
package struct ObjectTotals: Codable, Hashable, Sendable {
    package struct UnderKey: Codable, Hashable, Sendable {
        package let key: Int64
        package let objects: Int64
    }

    package let objects: Int64
    /// On disk.
    package let size: Int64
    package let keys: [UnderKey]
}

/// Retained objects.
extension AdminAPI {
    /// Messages shown with one object.
    private static let messageLimit = 100
    /// Copies of one file that are named at a time.
    private static let quarantinedLimit = 1_000

    func addObjects(to routes: inout Routes) {
        routes.add("GET", "/v1/objects") { request in
            let keptOnly = try flag("kept", of: request)
            return try await timed(request, { PageCursor(at: $0.lastAt, name: $0.sha256) }) {
                try ObjectStore.list(keptOnly: keptOnly, before: $0, limit: $1, in: $2)
            }
        }
        routes.add("GET", "/v1/object-totals") { _ in
            try await answer(200) { transaction in
                let (count, size) = try ObjectStore.total(in: transaction)
                let keys = try ObjectStore.countByKey(in: transaction)
                return ObjectTotals(
                    objects: count, size: size, keys: keys.map { .init(key: $0.key, objects: $0.count) })
            }
        }
        routes.add("GET", "/v1/objects/{sha256}") { request in
            let sha256 = try digest(of: request)
            return try await answer(200) { try Self.view(sha256, $0) }
        }
        routes.add("GET", "/v1/objects/{sha256}/quarantined") { request in
            let sha256 = try digest(of: request)
            return try await answer(200) {
                try QuarantineStore.held(carryingFile: sha256, limit: Self.quarantinedLimit, in: $0)
            }
        }
        routes.add("POST", "/v1/objects/{sha256}/archive") { request in
            try await archive(try digest(of: request), try request.json(ObjectRequest.self))
        }
        routes.add("POST", "/v1/object-erasures") { try await erase($0.json(EraseRequest.self)) }
    }

    private func digest(of request: WebRequest) throws -> String {
        let text = Array((request.parameters["sha256"] ?? "").utf8)
        guard text.count == 64, text.allSatisfy(\.isASCIIHexDigit) else {
            throw WebFailure.badRequest("sha256: expected 64 hexadecimal digits")
        }
        return text.lowercased.text
    }

    private static func view(_ sha256: String, _ transaction: any SQLTransaction) throws -> ObjectView {
        guard let object = try ObjectStore.row(sha256, in: transaction) else {
            throw StoreError(.notFound, "there is no object \(sha256)")
        }
        let messages = try MessageStore.messages(
            about: Subject(kind: .file, value: sha256), limit: messageLimit, in: transaction)
        let places = try messages.flatMap { message in
            try MessageStore.attachments(of: message.reference, in: transaction).filter { $0.sha256 == sha256 }
        }
        return ObjectView(
            object: object, messages: messages, places: places,
            indicators: try IndicatorStore.about(file: sha256, in: transaction))
    }

    /// Recorded before the content leaves us: who got it stands in the audit trail, whatever happens then.
    private func archive(_ sha256: String, _ request: ObjectRequest) async throws -> WebResponse {
        guard let objects else { throw WebFailure.notFound("no objects are kept (objects.key_file)") }
        let at = now()
        let archive: [UInt8]?
        do {
            archive = try await objects.archive(sha256)
        } catch { throw WebFailure(status: 503, code: "unavailable", message: "\(error)") }
        guard let archive else { throw WebFailure.notFound("the bytes of \(sha256) are not kept") }
        return try await told {
            try await database.write { transaction in
                try Decisions.check(request.actor, request.reason)
                try AuditStore.append(
                    actor: request.actor, verb: "object.get", object: "object \(sha256)", detail: request.reason,
                    at: at, in: transaction)
            }
            return WebResponse(status: 200, fields: [WebField("Content-Type", "application/zip")], body: archive)
        }
    }

    private func erase(_ request: EraseRequest) async throws -> WebResponse {
        guard let objects else { throw WebFailure.notFound("no objects are kept (objects.key_file)") }
        let mail = try request.mail
        let at = now()
        var erased = 0
        return try await told {
            // Who asked stands there even if we end in the middle.
            try await database.write { transaction in
                try Decisions.check(request.actor, request.reason)
                try AuditStore.append(
                    actor: request.actor, verb: "object.erase", object: mail.description, detail: request.reason,
                    at: at, in: transaction)
            }
            // First, for what is taken in meanwhile is kept then.
            erased += try await objects.eraseWaiting(mail)
            while true {
                let digests = try await database.read { try ObjectStore.held(onlyBy: mail, in: $0) }
                guard !digests.isEmpty else { break }
                do {
                    try await objects.erase(digests)
                } catch let error where !(error is StoreError) {
                    throw WebFailure(
                        status: 503, code: "unavailable",
                        message: "\(erased) objects are erased, the others may not be, try again later: \(error)")
                }
                erased += digests.count
            }
            return try .json(EraseAnswer(erased: erased))
        }
    }
}

extension EraseRequest {
    var mail: ErasedMail {
        get throws(WebFailure) {
            switch (message, recipient) {
            case (let message?, nil): .message(message)
            case (nil, let recipient?): .recipient(recipient)
            default: throw .badRequest("expected either a message or a recipient")
            }
        }
    }
}

extension ErasedMail {
    var description: String {
        switch self {
        case .message(let reference): "message \(reference)"
        case .recipient(let address): "recipient \(address)"
        }
    }
}
