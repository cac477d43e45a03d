// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// A refusal that knows its HTTP answer: `{"error":{"code":"not_found","message":"…"}}`.
///
/// The code is for programs and never changes; the message is for people.
package struct WebFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let status: Int
    package let code: String
    package let message: String

    package init(status: Int, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    package static func badRequest(_ message: String) -> WebFailure {
        WebFailure(status: 400, code: "bad_request", message: message)
    }

    package static func notFound(_ message: String) -> WebFailure {
        WebFailure(status: 404, code: "not_found", message: message)
    }

    package static func conflict(_ message: String) -> WebFailure {
        WebFailure(status: 409, code: "conflict", message: message)
    }

    package static let internalError = WebFailure(
        status: 500, code: "internal_error", message: "something went wrong; the log says what")

    package var description: String { message }

    /// The answer that carries the failure.
    package var response: WebResponse {
        let body = ErrorBody(error: .init(code: code, message: message))
        return (try? .json(body, status: status)) ?? WebResponse(status: status)
    }
}

/// The failure as JSON, also read back by clients.
package struct ErrorBody: Codable, Hashable, Sendable {
    package struct Content: Codable, Hashable, Sendable {
        package var code: String
        package var message: String
    }

    package var error: Content
}

/// JSON in and out.
extension WebResponse {
    /// The value as JSON, keys sorted so that answers compare as bytes; throws only what the value's own encoding throws.
    package static func json(_ value: some Encodable, status: Int = 200) throws -> WebResponse {
        WebResponse(
            status: status,
            fields: [WebField("Content-Type", "application/json"), WebField("Cache-Control", "no-store")],
            body: try JSON.encode(value))
    }
}

extension WebRequest {
    /// The body read as JSON; a body that does not fit is the peer's failure, told with the place.
    package func json<Value: Decodable>(_ type: Value.Type) throws(WebFailure) -> Value {
        do {
            return try JSON.decode(type, from: body)
        } catch let error as DecodingError {
            throw .badRequest(error.place)
        } catch {
            throw .badRequest("the body is not JSON")
        }
    }
}

/// The one way JSON is written and read over HTTP.
package enum JSON {
    /// Keys sorted, slashes as they are.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}

extension DecodingError {
    /// What is wrong, and at which key.
    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, let context): "key '\(path(context, key))' is missing"
        case .typeMismatch(let type, let context): "key '\(path(context))': expected \(type)"
        case .valueNotFound(let type, let context): "key '\(path(context))': expected \(type), found null"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "the body is not JSON" : "key '\(path(context))': \(context.debugDescription)"
        @unknown default: "the body does not fit"
        }
    }

    private func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + [last].compactMap { $0 }).map { $0.intValue.map(String.init) ?? $0.stringValue }
            .joined(separator: ".")
    }
}
