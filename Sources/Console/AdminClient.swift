// SPDX-License-Identifier: Apache-2.0

import Web

/// The other end of the admin API, for the command line tool.
package struct AdminClient: Sendable {
    private let socket: String
    private let client: WebClient

    /// Bytes of an answer: an action on 100,000 copies has some 40 MB.
    private static let answerLimit = 256 * 1_024 * 1_024

    package init(socket: String) {
        self.socket = socket
        var client = WebClient()
        client.bodyLimit = Self.answerLimit
        self.client = client
    }

    /// GET of a list or a resource.
    package func get<Value: Decodable>(_ target: String, as type: Value.Type) throws -> Value {
        try send(ClientRequest("GET", target, of: .unix(path: socket)), as: type)
    }

    /// POST of a body.
    package func post<Value: Decodable>(_ target: String, _ body: some Encodable, as type: Value.Type) throws -> Value {
        try send(
            ClientRequest(
                "POST", target, of: .unix(path: socket), fields: [WebField("Content-Type", "application/json")],
                body: try JSON.encode(body)), as: type)
    }

    /// POST of a body, answered by bytes.
    package func bytes(_ target: String, _ body: some Encodable) throws -> [UInt8] {
        try answer(
            ClientRequest(
                "POST", target, of: .unix(path: socket), fields: [WebField("Content-Type", "application/json")],
                body: try JSON.encode(body))
        ).body
    }

    package func delete<Value: Decodable>(_ target: String, as type: Value.Type) throws -> Value {
        try send(ClientRequest("DELETE", target, of: .unix(path: socket)), as: type)
    }

    private func send<Value: Decodable>(_ request: ClientRequest, as type: Value.Type) throws -> Value {
        let response = try answer(request)
        do {
            return try JSON.decode(type, from: response.body)
        } catch {
            throw AdminClientError.unusable(
                reason: "the answer of rearguardd is not what this version expects: \(error)")
        }
    }

    private func answer(_ request: ClientRequest) throws -> WebResponse {
        let response: WebResponse
        do {
            response = try client.perform(request)
        } catch {
            switch error {
            case .tooLarge, .unclean: throw AdminClientError.unusable(reason: error.description)
            case .unreachable, .timeout, .failed:
                throw AdminClientError.unreachable(socket: socket, reason: error.description)
            }
        }
        guard (200..<300).contains(response.status) else {
            let content = try? JSON.decode(ErrorBody.self, from: response.body).error
            throw AdminClientError.refused(
                status: response.status, message: content?.message ?? "status \(response.status) without a reason")
        }
        return response
    }
}

/// Why a question to rearguardd has no answer.
package enum AdminClientError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreachable(socket: String, reason: String)
    case refused(status: Int, message: String)
    /// There is an answer, but not one to work with.
    case unusable(reason: String)

    package var description: String {
        switch self {
        case .unreachable(let socket, let reason):
            "rearguardd does not answer on \(socket): \(reason) (does it run, and may you open the socket?)"
        case .refused(_, let message): message
        case .unusable(let reason): reason
        }
    }
}
