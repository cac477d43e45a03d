// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import Unpacking

@Suite struct UnpackingTests {
    @Test func `content that is no container is lent once and has no findings`() {
        let seen = Seen(of: Array("just a letter".utf8), named: "letter.txt")
        #expect(seen.members == ["letter.txt": Array("just a letter".utf8)])
        #expect(seen.report.findings.isEmpty)
    }

    @Test func `the members of a zip are lent with their place`() {
        let zip = ZipBuilder.zip([("a.txt", Array("one".utf8)), ("b/c.txt", Array("two".utf8))])
        let seen = Seen(of: zip, named: "in.zip")
        #expect(seen.members["in.zip/a.txt"] == Array("one".utf8))
        #expect(seen.members["in.zip/b/c.txt"] == Array("two".utf8))
        #expect(seen.report.isComplete)
        #expect(seen.report.findings.isEmpty)
    }

    @Test func `a zip in a zip is opened too`() {
        let inner = ZipBuilder.zip([("x", [1, 2, 3])])
        let seen = Seen(of: ZipBuilder.zip([("inner.zip", inner)]), named: "outer.zip")
        #expect(seen.members["outer.zip/inner.zip/x"] == [1, 2, 3])
    }
}
