// SPDX-License-Identifier: Apache-2.0

import Bytes
import FoundationEssentials
import Testing
import Web

@Suite(.timeLimit(.minutes(1))) struct WebServerTests {
    @Test func `a request reaches the handler as it was on the wire, and its answer comes back`() async throws {
        try await withServer { request in
            WebResponse(
                status: 201,
                fields: [WebField("X-Peer", request.peer), WebField("X-Sent", request.field("x-thing") ?? "")],
                body: Array("\(request.method) ".utf8) + request.path + Array(" ".utf8) + (request.query ?? [])
                    + request.body)
        } _: { address in
            let answer = try await WebClient().send(
                ClientRequest(
                    "POST", "/a%2Fb/../%zz//?q=%20&x", of: address.peer, fields: [WebField("X-Thing", "some value")],
                    body: Array("body".utf8)))
            #expect(answer.status == 201)
            #expect(answer.body.text == "POST /a%2Fb/../%zz// q=%20&xbody")
            #expect(answer.field("x-peer") == "127.0.0.1")
            #expect(answer.field("x-sent") == "some value")
            #expect(answer.field("date") != nil)
            #expect(answer.field("server") == nil)
        }
    }

    @Test func `HEAD gives the length of the body and no body`() async throws {
        try await withServer { _ in
            .text("four")
        } _: { address in
            let answer = try await WebClient().send(ClientRequest("HEAD", "/", of: address.peer))
            #expect(answer.field("content-length") == "5")
            #expect(answer.body.isEmpty)
        }
    }

    @Test func `a Unix socket has the mode it was given, and a second server on it is refused`() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/rearguard-\(UInt32.random(in: 0 ... .max)).sock"
        try await withServer(at: .unix(path: path, mode: 0o660)) {
            .text($0.peer)
        } _: { address in
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o660)
            let answer = try await WebClient().send(ClientRequest("GET", "/", of: address.peer))
            #expect(answer.body.text == "local\n")
            await #expect(throws: WebServerError.inUse(address)) {
                try await withServer(at: address) { _ in
                    .text("second")
                } _: { _ in
                }
            }
            let after = try await WebClient().send(ClientRequest("GET", "/", of: address.peer))
            #expect(after.status == 200)
        }
    }

    @Test func `a taken port is told with the address`() async throws {
        try await withServer { _ in
            .text("first")
        } _: { address in
            await #expect {
                try await withServer(at: address) { _ in
                    .text("second")
                } _: { _ in
                }
            } throws: { error in
                "\(error)".hasPrefix("cannot listen on \(address): ") && "\(error)".contains("in use")
            }
        }
    }

    @Test(arguments: [
        ("X-Bad", "a\r\nSet-Cookie: b=c"), ("X-Bad", "a\nb"), ("X-Bad", "\u{0}"), ("X-Bad", "\u{7F}"),
        ("X-Bad", "\u{10A}"),
        ("X-Bad", "\u{560A}"), ("X Bad", "a"), ("X-Bad:", "a"), ("", "a"),
    ]) func `a header field that is not clean never goes out`(name: String, value: String) async throws {
        try await withServer { _ in
            WebResponse(status: 302, fields: [WebField(name, value)])
        } _: { address in
            let answer = try await WebClient().send(ClientRequest("GET", "/", of: address.peer))
            #expect(answer.status == 500)
            #expect(answer.field("set-cookie") == nil)
            #expect(answer.field("x-bad") == nil)
        }
    }

    @Test(arguments: [
        // Two framings of one body.
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\nContent-Length: 1\r\n\r\nx", "400"),
        // A body on GET.
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        // A body over the limit, announced and in chunks.
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4097\r\n\r\n", "413"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n"
                + String(repeating: "x", count: 4_097) + "\r\n0\r\n\r\n", "413"
        ),
        // Heads over the limits.
        ("GET /\(String(repeating: "x", count: 8_200)) HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 8_200))\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\n\((0..<33).map { "X-\($0): y\r\n" }.joined())\r\n", "400"),
        // Not a path of printable ASCII.
        ("GET /caf\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", "400"),
    ]) func `a request that is not in order gets its status and the connection ends`(
        request: String, status: String
    ) async throws {
        try await withServer { _ in
            .text("reached")
        } _: { address in
            let answer = try await address.exchange(request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(!answer.contains("reached"))
        }
    }

    @Test func `a header that does not end in time ends the connection`() async throws {
        var limits = WebLimits()
        limits.headTimeout = .milliseconds(200)
        try await withServer(limits: limits) { _ in
            .text("reached")
        } _: { address in
            let start = ContinuousClock.now
            let answer = try await address.exchange("GET / HTTP/1.1\r\nHost: a\r\nX: ")
            #expect(answer == "")
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func `a body that does not end in time is answered and ends the connection`() async throws {
        var limits = WebLimits()
        limits.bodyTimeout = .milliseconds(200)
        try await withServer(limits: limits) { _ in
            .text("reached")
        } _: { address in
            let answer = try await address.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `graceful shutdown lets the request in hand end`() async throws {
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            try await withServer { _ in
                signal.finish()
                try? await Task.sleep(for: .milliseconds(300))
                return .text("done")
            } _: { address in
                tasks.addTask { try await WebClient().send(ClientRequest("GET", "/", of: address.peer)).status }
                for await _ in started {}
            }
            #expect(try await tasks.next() == 200)
        }
    }
}
