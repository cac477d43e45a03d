// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import Synchronization
import Testing
import Web

@testable import ObjectBucket

/// Answers as S3 does, as far as the bucket asks; what it holds can be looked at and changed.
final class FakeBucketServer: Sendable {
    struct State {
        var objects: [String: [UInt8]] = [:]
        /// What every request gets instead, such as `(503, "SlowDown")`.
        var refusal: (status: Int, code: String)?
    }

    let state = Mutex(State())

    func answer(_ request: WebRequest) -> WebResponse {
        let path = String(decoding: request.path, as: UTF8.self)
        return state.withLock { state in
            if let refusal = state.refusal { return Self.error(refusal.status, refusal.code) }
            switch request.method {
            case "PUT":
                state.objects[path] = request.body
                return WebResponse(status: 200)
            case "GET":
                guard let body = state.objects[path] else { return Self.error(404, "NoSuchKey") }
                return WebResponse(status: 200, body: body)
            case "DELETE":
                state.objects[path] = nil
                return WebResponse(status: 204)
            default: return Self.error(405, "MethodNotAllowed")
            }
        }
    }

    private static func error(_ status: Int, _ code: String) -> WebResponse {
        WebResponse(
            status: status, body: Array("<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code></Error>".utf8))
    }

    /// Runs for the length of `body`, which gets the endpoint.
    func run(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = WebServer(
            address: .tcp(host: "127.0.0.1", port: 0), limits: WebLimits(), logger: logger,
            onReady: { signal.yield($0) }, handler: { self.answer($0) })
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
            }
            for await address in ready.prefix(1) { try await body("http://\(address)") }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
