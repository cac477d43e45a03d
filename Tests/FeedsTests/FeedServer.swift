// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import Synchronization
import Web

/// A server of feeds on a port of the system's choice: what it has, by path, and what it was asked.
final class FeedServer: Sendable {
    private let held = Mutex<(pages: [String: WebResponse], asked: [String])>(([:], []))

    /// Targets asked for, each with the header fields that matter.
    var asked: [String] { held.withLock { $0.asked } }

    func serve(_ path: String, _ body: String, status: Int = 200, _ fields: [String: String] = [:]) {
        held.withLock {
            $0.pages[path] = WebResponse(
                status: status, fields: fields.map { WebField($0.key, $0.value) }, body: Array(body.utf8))
        }
    }

    private func answer(_ request: WebRequest) async -> WebResponse {
        let target = String(decoding: request.path, as: UTF8.self)
        let query = request.query.map { "?" + String(decoding: $0, as: UTF8.self) } ?? ""
        let told = ["If-None-Match", "If-Modified-Since", "Auth-Key"].compactMap { name in
            request.field(name).map { " \(name): \($0)" }
        }
        let page = held.withLock { held -> WebResponse in
            held.asked.append(target + query + told.joined())
            return held.pages[target + query] ?? held.pages[target] ?? WebResponse(status: 404)
        }
        if target == "/slow" { try? await Task.sleep(for: .seconds(20)) }
        if let etag = page.field("ETag"), etag == request.field("If-None-Match") { return WebResponse(status: 304) }
        return page
    }

    /// Runs the server for the length of `body`, which gets its `http://127.0.0.1:port`.
    func run(_ body: (String) async throws -> Void) async throws {
        let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = WebServer(
            address: .tcp(host: "127.0.0.1", port: 0), logger: logger, onReady: { signal.yield($0) },
            handler: { [self] in await answer($0) })
        var configuration = ServiceGroupConfiguration(services: [.init(service: server)], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(1)
        let group = ServiceGroup(configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                do { try await group.run() } catch {}
            }
            for await address in ready.prefix(1) { try await body("http://\(address)") }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
