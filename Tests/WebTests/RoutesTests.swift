// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import Web

@Suite struct RoutesTests {
    private struct Unforeseen: Error {}

    private func routes(onError: @escaping @Sendable (WebRequest, any Error) -> Void = { _, _ in }) -> Routes {
        var routes = Routes(onError: onError)
        routes.add("GET", "/messages") { _ in .text("all") }
        routes.add("GET", "/messages/{reference}") { .text("one \($0.parameters["reference"] ?? "")") }
        routes.add("POST", "/messages/{reference}/links/{link}") {
            .text("\($0.parameters["reference"] ?? "") \($0.parameters["link"] ?? "")")
        }
        routes.add("GET", "/refused") { _ in throw WebFailure.conflict("no") }
        routes.add("GET", "/broken") { _ in throw Unforeseen() }
        return routes
    }

    @Test(arguments: [
        ("GET", "/messages", 200, "all\n"), ("HEAD", "/messages", 200, "all\n"), ("GET", "/messages?x=y", 200, "all\n"),
        ("GET", "/messages/a%20b", 200, "one a b\n"), ("GET", "/messages/a%2Fb", 200, "one a/b\n"),
        ("POST", "/messages/1/links/2", 200, "1 2\n"),
    ]) func `a request finds its route`(method: String, target: String, status: Int, body: String) async {
        let answer = await routes().response(to: WebRequest(method: method, target: Array(target.utf8)))
        #expect(answer.status == status)
        #expect(answer.body.text == body)
    }

    @Test(arguments: ["/", "/messages/", "/messages//links/2", "/Messages", "/messages/a/b", "//messages", ""])
    func `a path that fits no route is not found`(target: String) async {
        let answer = await routes().response(to: WebRequest(target: Array(target.utf8)))
        #expect(answer.status == 404)
        #expect(answer.body.text == #"{"error":{"code":"not_found","message":"there is nothing at this path"}}"#)
    }

    @Test func `a method that does not fit is told which does`() async {
        let answer = await routes().response(to: WebRequest(method: "DELETE", target: Array("/messages".utf8)))
        #expect(answer.status == 405)
        #expect(answer.field("Allow") == "GET")
    }

    @Test func `a failure is answered as it says, another error says nothing to the peer and all to the log`()
        async throws
    {
        let (errors, signal) = AsyncStream.makeStream(of: (any Error).self)
        let routes = routes { signal.yield($1) }
        let refused = await routes.response(to: WebRequest(target: Array("/refused".utf8)))
        #expect(refused.status == 409)
        #expect(refused.body.text == #"{"error":{"code":"conflict","message":"no"}}"#)
        let broken = await routes.response(to: WebRequest(target: Array("/broken".utf8)))
        #expect(broken.status == 500)
        #expect(!broken.body.text.contains("Unforeseen"))
        signal.finish()
        var heard: [String] = []
        for await error in errors { heard.append("\(error)") }
        #expect(heard == ["Unforeseen()"])
    }
}
