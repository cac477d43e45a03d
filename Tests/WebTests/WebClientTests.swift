// SPDX-License-Identifier: Apache-2.0

import Testing
import Web

@Suite(.timeLimit(.minutes(1))) struct WebClientTests {
    @Test func `an answer over the size limit is refused, one at the limit is taken`() async throws {
        try await withServer { _ in
            WebResponse(status: 200, body: [UInt8](repeating: 0, count: 1_000))
        } _: { address in
            var client = WebClient()
            client.bodyLimit = 1_000
            let answer = try await client.send(ClientRequest("GET", "/", of: address.peer))
            #expect(answer.body.count == 1_000)
            client.bodyLimit = 999
            await #expect(throws: WebClientError.tooLarge(limit: 999)) {
                try await client.send(ClientRequest("GET", "/", of: address.peer))
            }
        }
    }

    @Test func `a slow answer is given up`() async throws {
        try await withServer { _ in
            try? await Task.sleep(for: .seconds(2))
            return .text("late")
        } _: { address in
            var client = WebClient()
            client.timeout = .milliseconds(100)
            await #expect(throws: WebClientError.timeout(.milliseconds(100))) {
                try await client.send(ClientRequest("GET", "/", of: address.peer))
            }
        }
    }

    @Test func `a socket nobody listens on is told with its path`() {
        #expect {
            try WebClient().perform(ClientRequest("GET", "/", of: .unix(path: "/nonexistent/admin.sock")))
        } throws: {
            "\($0)".hasPrefix("cannot reach /nonexistent/admin.sock: ")
        }
    }

    @Test(arguments: ["/a b", "/a\r\nX: y", "/\u{E9}"])
    func `a target that is not clean is not sent`(target: String) {
        #expect(throws: WebClientError.unclean) {
            try WebClient().perform(ClientRequest("GET", target, of: .origin("http://127.0.0.1:9")))
        }
    }

    @Test func `redirects are answers, not orders`() async throws {
        try await withServer { _ in
            WebResponse(status: 302, fields: [WebField("Location", "https://example.com/")])
        } _: { address in
            let answer = try await WebClient().send(ClientRequest("GET", "/", of: address.peer))
            #expect(answer.status == 302)
            #expect(answer.field("location") == "https://example.com/")
        }
    }
}
