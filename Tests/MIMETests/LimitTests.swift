// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

@Suite struct LimitTests {
    /// A message of so many multiparts inside one another.
    private func nested(_ depth: Int) -> [UInt8] {
        crlf((0..<depth).map { "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined() + "\nbody\n")
    }

    private func name(of bytes: [UInt8], limits: MIMELimits = .init()) -> MIMELimitExceeded.Name? {
        do {
            _ = try EntityTree.parse(bytes, limits: limits)
            return nil
        } catch {
            return error.name
        }
    }

    @Test func `nesting is followed up to its limit`() throws {
        #expect(try EntityTree.parse(nested(100)).entities.count == 101)
        #expect(name(of: nested(101)) == .nesting)
        #expect(name(of: nested(100_000)) == .nesting)
    }

    @Test func `messages inside messages are nesting too`() {
        let bytes = crlf(String(repeating: "Content-Type: message/rfc822\n\n", count: 100_000))
        #expect(name(of: bytes) == .nesting)
    }

    @Test func `a long first line is not read again for every part`() throws {
        let head = "A: \(String(repeating: "a", count: 500_000))\nContent-Type: multipart/mixed; boundary=b\n\n"
        let bytes = crlf(head + String(repeating: "--b\n\nx\n", count: 2_000))
        let time = try ContinuousClock().measure {
            let tree = try EntityTree.parse(bytes)
            for leaf in tree.leaves { #expect(tree.decoded(leaf).bytes.first == 0x78) }
        }
        #expect(time < .seconds(5))
    }

    @Test func `each limit is told by its name`() {
        var limits = MIMELimits()
        limits.entities = 10
        let parts = crlf("Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\n", count: 10))
        #expect(name(of: parts, limits: limits) == .entities)
        limits = MIMELimits()
        limits.headerFields = 9
        #expect(name(of: crlf(String(repeating: "a:\n", count: 10)), limits: limits) == .headerFields)
        limits = MIMELimits()
        limits.headerSize = 100
        #expect(name(of: crlf("a: \(String(repeating: "x", count: 100))\n\n"), limits: limits) == .headerSize)
        let boundary = String(repeating: "b", count: 257)
        #expect(name(of: crlf("Content-Type: multipart/mixed; boundary=\(boundary)\n\n")) == .boundaryLength)
        let parameters = String(repeating: ";a=b", count: 201)
        #expect(name(of: crlf("Content-Type: text/plain\(parameters)\n\n")) == .parameters)
    }

    @Test func `an exceeded limit says what was found where`() {
        var limits = MIMELimits()
        limits.nesting = 1
        let error = #expect(throws: MIMELimitExceeded.self) { try EntityTree.parse(nested(3), limits: limits) }
        #expect(error?.description == "MIME nesting: 2 where 1 are allowed, at byte 104")
    }
}
