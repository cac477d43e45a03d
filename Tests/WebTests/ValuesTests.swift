// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import Web

@Suite struct ValuesTests {
    @Test(arguments: [
        ("127.0.0.1:80", ListenAddress.tcp(host: "127.0.0.1", port: 80)), ("[::1]:0", .tcp(host: "::1", port: 0)),
        ("localhost:65535", .tcp(host: "localhost", port: 65_535)),
        ("/run/rearguard/admin.sock", .unix(path: "/run/rearguard/admin.sock", mode: 0o660)),
    ]) func `an address is read and printed back`(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: ["", "80", ":80", "host", "host:", "host:65536", "host:-1", "host:x", "::1:80", "run/x.sock"])
    func `what is no address is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `a form is decoded`() {
        let form = FormFields(Array("a=1&b=x+y%2B%zz%&c&=d&a=2&e=%C3%A9%FF".utf8))
        #expect(form["a"] == "1")
        #expect(form["b"] == "x y+%zz%")
        #expect(form["c"] == "")
        #expect(form["e"] == "\u{E9}\u{FFFD}")
        #expect(form["f"] == nil)
    }

    @Test func `fields of a form beyond the limit are dropped`() {
        let form = FormFields(Array((0..<100).map { "f\($0)=\($0)" }.joined(separator: "&").utf8))
        #expect(form["f63"] == "63")
        #expect(form["f64"] == nil)
    }

    @Test func `percent-encoding a segment and decoding it gives it back`() async {
        let name = "a/b c%?&\u{E9}+"
        #expect(Percent.encode(name) == "a%2fb%20c%25%3f%26%c3%a9%2b")
        #expect(FormFields(Array("x=\(Percent.encode(name))".utf8))["x"] == name)
    }

    private struct Wanted: Decodable {
        var name: String
        var parts: [Int]
    }

    @Test func `a body that fits is read`() throws {
        let request = WebRequest(method: "POST", target: [], body: Array(#"{"name":"x","parts":[1]}"#.utf8))
        #expect(try request.json(Wanted.self).parts == [1])
    }

    @Test(arguments: [
        ("{", "the body is not JSON"), (#"{"parts":[]}"#, "key 'name' is missing"),
        (#"{"name":"x","parts":[1,"2"]}"#, "key 'parts.1': expected Int"),
    ]) func `a body that is no JSON, or not the right one, is told with the key`(body: String, message: String) {
        #expect(throws: WebFailure.badRequest(message)) {
            try WebRequest(method: "POST", target: [], body: Array(body.utf8)).json(Wanted.self)
        }
    }

    @Test func `JSON has sorted keys and plain slashes`() throws {
        let answer = try WebResponse.json(["b": "a/b", "a": "\u{0}"])
        #expect(answer.body.text == #"{"a":"\u0000","b":"a/b"}"#)
    }
}
