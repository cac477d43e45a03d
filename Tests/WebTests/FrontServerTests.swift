// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import Web

@Suite(.timeLimit(.minutes(1))) struct FrontServerTests {
    /// Answers with what it saw: method, path, peer, body.
    private static let echo: FrontServer.Handler = { request in
        let text = "\(request.method) \(request.path.text) \(request.peer) \(request.body.text)"
        if request.path.elementsEqual("/later".utf8) {
            return .later {
                try? await Task.sleep(for: .milliseconds(100))
                return .text(text)
            }
        }
        return .now(.text(text))
    }

    private func withFront(
        _ options: FrontOptions = FrontOptions(), keep: @escaping FrontServer.Keeper = { _ in },
        handler: @escaping FrontServer.Handler = Self.echo,
        _ body: (ListenAddress) async throws -> Void
    ) async throws {
        let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = FrontServer(
            address: .tcp(host: "127.0.0.1", port: 0), options: options, logger: logger,
            onReady: { signal.yield($0) }, keep: keep, handler: handler)
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
            }
            for await address in ready.prefix(1) { try await body(address) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func `answers come in the order of the requests, at once or later`() async throws {
        try await withFront { address in
            let text = try await address.exchange(
                "GET /later HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
            let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(text.split(separator: "HTTP/1.1 200 OK", omittingEmptySubsequences: false).count == 4)
            #expect(text.contains("GET /later 127.0.0.1 \n") && text.hasSuffix("POST /c 127.0.0.1 hi\n"))
            #expect(!text.contains("HEAD /b 127"))
            #expect(lines.filter { $0 == "Connection: close" }.count == 1)
        }
    }

    /// Answers with `kept` or why not; the path is the record.
    private static let recorded: FrontServer.Handler = { request in
        .kept(record: request.path) { .text($0 == nil ? "kept" : "not kept") }
    }

    @Test func `records of requests that come together are kept in one act, before any answer`() async throws {
        let acts = Mutex<[[[UInt8]]]>([])
        try await withFront(keep: { records in acts.withLock { $0.append(records) } }, handler: Self.recorded) {
            address in
            let text = try await address.exchange(
                "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(text.split(separator: "\r\n\r\nkept\n").count == 2)
        }
        #expect(acts.withLock { $0.flatMap(\.self).map(\.text) } == ["/a", "/b"])
        #expect(acts.withLock(\.count) == 1)
    }

    @Test func `each answer hears that the records are not kept`() async throws {
        struct Full: Error {}
        try await withFront(keep: { _ in throw Full() }, handler: Self.recorded) { address in
            let text = try await address.exchange(
                "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(text.split(separator: "\r\n\r\nnot kept\n").count == 2)
        }
    }

    @Test func `a header that does not come in time ends the connection, however it trickles`() async throws {
        var options = FrontOptions()
        options.limits.headTimeout = .milliseconds(200)
        try await withFront(options) { address in
            let begin = ContinuousClock.now
            let half = try await address.exchange("GET / HTTP/1.1\r\n")
            #expect(half.isEmpty && ContinuousClock.now - begin < .seconds(10))
        }
        // An idle connection after an answer ends as well.
        options.limits.headTimeout = .seconds(2)
        try await withFront(options) { address in
            let whole = try await address.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(whole.contains("200 OK"))
        }
    }

    @Test func `a connection ends after its requests, and one address has its share only`() async throws {
        var options = FrontOptions()
        options.limits.requestsPerConnection = 2
        options.limits.connectionsPerAddress = 1
        options.limits.headTimeout = .seconds(2)
        try await withFront(options) { address in
            let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            let text = try await address.exchange(request + request + request)
            #expect(text.split(separator: "HTTP/1.1 200").count == 2)
            async let first = address.exchange("GET / HTTP/1.1\r\n")
            try await Task.sleep(for: .milliseconds(300))
            let second = try await address.exchange(request)
            let half = try await first
            #expect(second.isEmpty && half.isEmpty)
        }
    }

    @Test func `a refused request gets one plain answer and the connection closes`() async throws {
        try await withFront { address in
            let text = try await address.exchange(
                "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && text.hasSuffix("\r\n\r\nbad request\n"))
            #expect(!text.contains("smuggled"))
        }
    }

    @Test func `a field that could end a line does not go out`() async throws {
        let bad: FrontServer.Handler = { _ in
            .now(WebResponse(status: 302, fields: [WebField("Location", "https://a/\r\nSet-Cookie: b=c")]))
        }
        try await withFront(handler: bad) { address in
            let text = try await address.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 500") && !text.contains("Set-Cookie"))
        }
    }

    @Test(
        arguments: [
            (
                ForwardedClient.field, "127.0.0.0/8", "", "X-Forwarded-For: 203.0.113.1, 198.51.100.7\r\n",
                "198.51.100.7"
            ),
            (.field, "10.0.0.0/8", "", "X-Forwarded-For: 198.51.100.7\r\n", "127.0.0.1"),
            (.none, "127.0.0.0/8", "", "X-Forwarded-For: 198.51.100.7\r\n", "127.0.0.1"),
            (.header, "127.0.0.0/8", "PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n", "", "198.51.100.7"),
            (.header, "127.0.0.0/8", "PROXY UNKNOWN\r\n", "", "127.0.0.1"),
            (.header, "10.0.0.0/8", "PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n", "", nil),
            (.header, "127.0.0.0/8", "", "", nil),
        ] as [(ForwardedClient, String, String, String, String?)]) func `only a named proxy says who the client is`(
            forwarded: ForwardedClient, proxies: String, head: String, field: String, peer: String?
        ) async throws
    {
        var options = FrontOptions()
        options.forwarded = forwarded
        options.proxies = [try #require(NetworkRange(proxies))]
        try await withFront(options) { address in
            let text = try await address.exchange(
                "\(head)GET / HTTP/1.1\r\nHost: x\r\n\(field)Connection: close\r\n\r\n")
            #expect(peer.map { text.contains("GET / \($0) \n") } ?? text.isEmpty)
        }
    }

    @Test func `a stop lets the answer in hand end`() async throws {
        let (ready, signal) = AsyncStream.makeStream(of: ListenAddress.self)
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = FrontServer(
            address: .tcp(host: "127.0.0.1", port: 0), logger: logger, onReady: { signal.yield($0) },
            handler: { request in
                enter.yield()
                return Self.echo(request)
            })
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await address in ready.prefix(1) {
                async let answer = address.exchange("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
                for await _ in entered.prefix(1) {}
                await group.triggerGracefulShutdown()
                let text = try await answer
                #expect(text.contains("GET /later"))
            }
            try await tasks.waitForAll()
        }
    }
}
