// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import ServiceLifecycle
import Store
import Testing
import Verdicts
import Web

@testable import Console

/// The API as it is used: the command's client, over a Unix socket.
@Suite(.timeLimit(.minutes(1))) struct `The admin socket` {
    /// On a thread of its own: the client blocks, and the server needs the threads of Swift's tasks.
    private func ask<Value: Sendable>(
        _ socket: String, _ question: @Sendable @escaping (AdminClient) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try question(AdminClient(socket: socket)) })
            }
        }
    }

    @Test func `answers the client, and refuses in words`() async throws {
        let office = try await Office()
        try await serving(office) { socket in
            let request = IndicatorRequest(
                kind: .domain, value: "evil.example", verdict: .malicious, reason: "seen", expiresAt: nil, actor: "ada")
            let added = try await ask(socket) { try $0.post("/v1/indicators", request, as: IndicatorAnswer.self) }
            #expect(added.result == "added")
            let page = try await ask(socket) { try $0.get("/v1/indicators", as: Page<IndicatorRow>.self) }
            #expect(page.items.map(\.indicator) == [added.indicator])
            let removed = try await ask(socket) { try $0.delete("/v1/indicators/1?actor=ada", as: IndicatorRow.self) }
            #expect(removed.removedAt == Office.now)
            await #expect(throws: AdminClientError.refused(status: 404, message: "there is no indicator 7")) {
                try await ask(socket) { try $0.get("/v1/indicators/7", as: IndicatorRow.self) }
            }
        }
    }

    @Test func `that nobody listens on is told apart from an answer that does not fit`() async throws {
        let office = try await Office()
        let error = await #expect(throws: AdminClientError.self) {
            try await ask(office.socket) { try $0.get("/v1/status", as: StatusView.self) }
        }
        #expect(error?.description.hasPrefix("rearguardd does not answer on \(office.socket): cannot reach") == true)
        try await serving(office) { socket in
            let error = await #expect(throws: AdminClientError.self) {
                try await ask(socket) { try $0.get("/v1/status", as: Page<IndicatorRow>.self) }
            }
            #expect(error?.description.hasPrefix("the answer of rearguardd is not what this version expects") == true)
        }
    }

    private func serving(_ office: Office, _ body: (String) async throws -> Void) async throws {
        let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let routes = office.api().routes
        let server = WebServer(
            address: .unix(path: office.socket, mode: ListenAddress.defaultMode), logger: logger,
            onReady: { signal.yield($0) }, handler: { await routes.response(to: $0) })
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
            }
            for await _ in ready.prefix(1) { try await body(office.socket) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
