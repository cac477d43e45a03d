// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation

/// An HTTP request to somebody else.
package struct ClientRequest: Sendable {
    /// Who is asked.
    package enum Peer: Hashable, Sendable {
        /// `http://host:port` or `https://host:port`.
        case origin(String)
        /// The Unix socket at this path.
        case unix(path: String)
    }

    package var peer: Peer
    package var method: String
    /// The path with its query, sent as it stands.
    package var target: String
    package var fields: [WebField]
    package var body: [UInt8]?

    package init(
        _ method: String, _ target: String, of peer: Peer, fields: [WebField] = [], body: [UInt8]? = nil
    ) {
        self.peer = peer
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }
}

/// An HTTP client over libcurl: one request, one connection, no redirects followed.
///
/// A call blocks its thread, as a command-line tool wants it; `send` for async callers moves it off theirs.
package struct WebClient: Sendable {
    /// For the whole exchange.
    package var timeout = Duration.seconds(30)
    /// Bytes of an answer's body: stops a peer from filling memory.
    package var bodyLimit = 16 * 1_024 * 1_024
    /// Whether `http_proxy` and its kin from the environment are obeyed; never for Unix sockets.
    package var usesEnvironmentProxy = false
    /// Whether answers may come compressed; `bodyLimit` counts what is in them.
    package var acceptsCompression = false

    package init() {}

    /// Sends the request and waits for the answer; any status is an answer.
    package func perform(_ request: ClientRequest) throws(WebClientError) -> WebResponse {
        guard request.fields.allSatisfy(\.isClean), request.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .unclean
        }
        return try CurlExchange(request, self).perform()
    }

    /// Sends the request and gives the answer's body away piece by piece, so that it is never in memory as a whole.
    ///
    /// `body` runs on a thread of its own and ends the exchange by answering false; the answer comes without a body.
    package func send(
        _ request: ClientRequest, body: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws(WebClientError) -> WebResponse {
        guard request.fields.allSatisfy(\.isClean), request.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .unclean
        }
        let result = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    returning: Result { () throws(WebClientError) in
                        try CurlExchange(request, self, sink: body).perform()
                    })
            }
        }
        return try result.get()
    }

    /// The same for async callers, on a thread of its own.
    ///
    /// Not on a Dispatch queue: on Linux those share their few threads with Swift's tasks, and two slow peers would
    /// stop every task of the process.
    package func send(_ request: ClientRequest) async throws(WebClientError) -> WebResponse {
        let result = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: Result { () throws(WebClientError) in try perform(request) })
            }
        }
        return try result.get()
    }

    /// Whether somebody accepts connections on the Unix socket.
    static func isAnswering(socket path: String) -> Bool {
        var client = WebClient()
        client.timeout = .seconds(2)
        guard let exchange = try? CurlExchange(ClientRequest("GET", "/", of: .unix(path: path)), client) else {
            return false
        }
        return exchange.connects()
    }
}

/// Why there is no answer.
package enum WebClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens, or the host is not known.
    case unreachable(String, reason: String)
    case timeout(Duration)
    case tooLarge(limit: Int)
    /// The request holds bytes that must not go on the wire: a fault of ours.
    case unclean
    case failed(String, reason: String)

    package var description: String {
        switch self {
        case .unreachable(let peer, let reason): "cannot reach \(peer): \(reason)"
        case .timeout(let limit): "no answer within \(limit)"
        case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .unclean: "the request holds a byte that cannot be sent"
        case .failed(let peer, let reason): "\(peer): \(reason)"
        }
    }
}
