// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import Web

@Suite struct RequestParserTests {
    private func steps(_ text: String, limits: WebLimits = WebLimits(), chunk: Int = .max) -> [String] {
        var parser = RequestParser(limits: limits)
        var seen: [String] = []
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let end = chunk == .max ? bytes.count : min(bytes.count, sent + chunk)
            parser.append(bytes[sent..<end])
            sent = end
            while true {
                let step = parser.next()
                if case .more = step { break }
                switch step {
                case .more: break
                case .request(let request):
                    seen.append("\(request.method) \(request.target.text) \(request.body.text)".trimmingSpace)
                case .refusal(let status, _): return seen + ["\(status)"]
                }
            }
        }
        return seen
    }

    @Test(arguments: [1, 2, 3, 7, Int.max]) func `requests are read whatever way they come`(chunk: Int) {
        let text =
            "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n\r\nHEAD /b HTTP/1.1\r\nhost:x\r\nA: b\r\n\r\n"
            + "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /d HTTP/1.0\r\n\r\n"
        #expect(steps(text, chunk: chunk) == ["GET /a?b=c", "HEAD /b", "POST /c hello", "GET /d"])
    }

    @Test(arguments: [
        // Two framings, or one that two servers may read in two ways.
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
        // Lines that do not end as lines do.
        "GET / HTTP/1.1\nHost: x\n\n\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n A: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA\u{0}: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\u{0}c\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAb\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
        // No, two, or another kind of request line.
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\r\nHost: x\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\u{E9} HTTP/1.1\r\nHost: x\r\n\r\n", "G=T / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n",
    ]) func `what could be read in two ways is refused, and nothing behind it is read`(text: String) {
        for chunk in [1, Int.max] {
            #expect(steps(text + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", chunk: chunk) == ["400"])
        }
    }

    @Test func `limits have their own answers`() {
        let long = String(repeating: "a", count: 9_000)
        #expect(steps("GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n") == ["414"])
        #expect(steps("GET / HTTP/1.1\r\nHost: x\r\nA: \(long)\r\n\r\n") == ["431"])
        #expect(steps("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 32))\r\n") == ["431"])
        #expect(steps("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 31))\r\n") == ["GET /"])
        #expect(
            steps("GET / HTTP/1.1\r\n\(String(repeating: "A: \(String(repeating: "b", count: 4_000))\r\n", count: 5))")
                == ["431"])
        #expect(steps(String(repeating: "x", count: 17_000), chunk: 1_000) == ["431"])
        #expect(steps("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n") == ["413"])
        #expect(steps("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n") == ["400"])
        #expect(steps("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n") == ["417"])
    }

    @Test func `random bytes never trap, and are never a request with a line end in it`() {
        var random = SystemRandomNumberGenerator()
        let parts = [
            "GET ", "POST ", "/a", " HTTP/1.1", "\r\n", "\r", "\n", "Host: x", "Content-Length: ", "5", ":", " ", "\t",
            "\r\n\r\n", "\u{0}", "Transfer-Encoding: chunked", "é",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...14, using: &random)).compactMap { _ in
                parts.randomElement(using: &random)
            }
            var parser = RequestParser(limits: WebLimits())
            parser.append(Array(text.joined().utf8))
            for _ in 0..<20 {
                guard case .request(let request) = parser.next() else { break }
                #expect(request.target.allSatisfy { $0 > 0x20 && $0 < 0x7F })
                #expect(request.fields.allSatisfy { !$0.value.utf8.contains(10) && !$0.value.utf8.contains(13) })
            }
        }
    }

    @Test func `a peer that pipelines without end does not grow the buffer`() {
        var parser = RequestParser(limits: WebLimits())
        let request = Array("GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        var carry = Array(request.prefix(10))
        parser.append(carry)
        for _ in 0..<10_000 {
            carry = Array(request.dropFirst(10)) + Array(request.prefix(10))
            parser.append(carry)
            guard case .request = parser.next(), case .more = parser.next() else {
                Issue.record("a request was not read")
                return
            }
            #expect(parser.heldBytes == 10)
        }
        #expect(parser.bufferSize < 10_000)
    }
}

@Suite struct ProxyHeaderTests {
    private func reading(_ bytes: [UInt8]) -> ProxyHeader.Reading { ProxyHeader.read(bytes) }

    @Test func `both versions name the client, whatever way they come`() {
        let line = Array("PROXY TCP4 192.0.2.7 192.0.2.1 56324 443\r\nGET".utf8)
        let size = line.count - 3
        #expect(reading(line) == .header(size: size, client: NetworkAddress("192.0.2.7")))
        for count in 0..<size { #expect(reading(Array(line.prefix(count))) == .more) }
        let block: [UInt8] =
            [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 14]
            + [192, 0, 2, 7, 192, 0, 2, 1, 0xDC, 4, 1, 187, 4, 0]
        #expect(reading(block) == .header(size: 30, client: NetworkAddress("192.0.2.7")))
        for count in 0..<30 { #expect(reading(Array(block.prefix(count))) == .more) }
        #expect(
            reading(Array("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n".utf8))
                == .header(size: 40, client: NetworkAddress("2001:db8::1")))
        #expect(reading(Array("PROXY UNKNOWN\r\n".utf8)) == .header(size: 15, client: nil))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "PROXY TCP4 192.0.2.7 192.0.2.1 56324\r\n", "PROXY TCP4 x 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 99999 2\r\n", "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n",
        "PROXY  TCP4 192.0.2.7 192.0.2.1 1 2\r\n", "PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n", "PROXY\r\n",
    ]) func `anything else closes the connection`(text: String) {
        #expect(reading(Array(text.utf8)) == .bad)
        #expect(reading(Array("PROXY \(String(repeating: "x", count: 200))".utf8)) == .bad)
    }

    @Test func `X-Forwarded-For is believed from its end, as far as it was written by named proxies`() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].compactMap { NetworkRange($0) }
        func client(_ fields: String...) -> String? {
            ForwardedClient.client(in: fields, trusted: trusted)?.description
        }
        #expect(client("198.51.100.1") == "198.51.100.1")
        #expect(client("203.0.113.9, 198.51.100.1") == "198.51.100.1")
        #expect(client("203.0.113.9, 198.51.100.1, 10.0.0.2") == "198.51.100.1")
        #expect(client("203.0.113.9", "198.51.100.1 ,\t2001:db8::7") == "198.51.100.1")
        #expect(client("10.0.0.5, 10.0.0.2") == "10.0.0.5")
        #expect(client("<script>, 10.0.0.2") == "10.0.0.2")
        #expect(client("198.51.100.1, unknown") == nil)
        #expect(client() == nil)
    }

    @Test func `networks hold what they should`() {
        #expect(NetworkAddress("2001:db8:1:2:3::4")?.subscriber == NetworkAddress("2001:db8:1:2::"))
        #expect(NetworkAddress("::ffff:192.0.2.7")?.subscriber == NetworkAddress("192.0.2.7"))
        #expect(NetworkRange("192.0.2.0/25").map { $0.contains(NetworkAddress("192.0.2.127")!) } == true)
        #expect(NetworkRange("192.0.2.0/25").map { $0.contains(NetworkAddress("192.0.2.128")!) } == false)
        #expect(NetworkRange("0.0.0.0/0").map { $0.contains(NetworkAddress("::ffff:1.2.3.4")!) } == true)
        #expect(NetworkRange("0.0.0.0/0").map { $0.contains(NetworkAddress("::1")!) } == false)
        #expect(NetworkRange("2001:db8::/33").map { $0.contains(NetworkAddress("2001:db8:8000::")!) } == false)
        for bad in ["192.0.2.0/33", "192.0.2.0/", "192.0.2/8", "x", "", "::/129", "192.0.2.0/-1"] {
            #expect(NetworkRange(bad) == nil)
        }
    }

    @Test func `the date is the RFC's`() {
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
        #expect(HTTPDate.text(1_798_761_599) == "Thu, 31 Dec 2026 23:59:59 GMT")
    }
}

extension String {
    fileprivate var trimmingSpace: String { hasSuffix(" ") ? String(dropLast()) : self }
}
