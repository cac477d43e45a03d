// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Mail
import Testing

@testable import Sealing

/// What an independent verifier says of our seals is tested in integration/t-14-arc-and-dkim; here is what it cannot see.
@Suite struct SealingTests {
    static let pem = Array(
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """.utf8)

    private func sealer() throws -> ARCSealer {
        let key = try #require(SigningKey(pem: Self.pem))
        return ARCSealer(domain: "example.net", selector: "s1", authservID: "mx.example.net", key: key)
    }

    private func message(_ header: String, body: String = "hi\r\n") -> ReceivedMessage {
        let header = Array((header + "\r\n\r\n").utf8)
        return ReceivedMessage(
            envelope: Envelope(), queueID: .none, bytes: header + Array(body.utf8), bodyStart: header.count)
    }

    private func fields(_ header: String) throws -> [HeaderField] {
        guard case .sealed(let fields) = try sealer().seal(message(header), after: [], at: 1) else { return [] }
        return fields
    }

    private func reason(_ header: String) throws -> String? {
        guard case .unsealed(let reason) = try sealer().seal(message(header), after: [], at: 1) else { return nil }
        return reason
    }

    private static func set(_ instance: Int, cv: String) -> String {
        """
        ARC-Seal: i=\(instance); a=rsa-sha256; cv=\(cv); d=a.example; s=s; b=AA==\r
        ARC-Message-Signature: i=\(instance); a=rsa-sha256; d=a.example; s=s; h=from; bh=AA==; b=AA==\r
        ARC-Authentication-Results: i=\(instance); a.example; none\r

        """
    }

    @Test func `the relaxed form of a field is the one of RFC 6376`() {
        let field = HeaderField(name: "B", value: Array(" Y\t\r\n\tZ  ".utf8))
        #expect(RelaxedForm.field(field).text == "b:Y Z\r\n")
    }

    @Test(arguments: [
        ("", ""), ("\r\n\r\n", ""), (" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"), ("no end", "no end\r\n"),
        (" \t\r\nx\r\n", "\r\nx\r\n"), ("a\rb\r\n", "a\rb\r\n"), ("a \r\n", "a\r\n"),
    ]) func `the relaxed form of a body is the one of RFC 6376, however it is cut`(body: String, relaxed: String) {
        let bytes = Array(body.utf8)
        for cut in 0...bytes.count {
            var digest = RelaxedForm.Body()
            digest.update(bytes[..<cut])
            digest.update(bytes[cut...])
            #expect(digest.digest() == SHA256.digest(Array(relaxed.utf8)))
        }
    }

    @Test func `a message without a chain begins one`() throws {
        let set = try fields("From: a@example.org")
        #expect(set.map(\.name) == [.arcResults, .arcSignature, .arcSeal])
        #expect(set[0].value.text == " i=1; mx.example.net; none")
        #expect(set[2].value.text.hasPrefix(" i=1; cv=none; a=ed25519-sha256; d=example.net; s=s1; t=1;"))
    }

    @Test func `a chain that the verifier before us passed goes on`() throws {
        let set = try fields(
            "Authentication-Results: mx.example.net; dkim=pass; arc=pass (i=1)\r\n\(Self.set(1, cv: "none"))From: a")
        #expect(set[0].value.text == " i=2; mx.example.net; dkim=pass; arc=pass (i=1)")
        #expect(set[2].value.text.hasPrefix(" i=2; cv=pass;"))
    }

    @Test(arguments: [
        "", "Authentication-Results: other.example; arc=pass\r\n",
        "Received: from x\r\nAuthentication-Results: mx.example.net; arc=pass\r\n",
        "Authentication-Results: mx.example.net; dkim=pass (; arc=pass)\r\n",
        "Authentication-Results: mx.example.net; dkim=pass reason=\"; arc=pass\"\r\n",
        "Authentication-Results: mx.example.net; arc=temperror\r\n",
    ]) func `a chain that nobody we trust has verified is not sealed`(results: String) throws {
        #expect(
            try reason("\(results)\(Self.set(1, cv: "none"))From: a") == "nobody before us has verified its ARC chain")
    }

    @Test(arguments: [
        set(2, cv: "pass"), set(1, cv: "none") + set(1, cv: "none"), "ARC-Seal: i=1; cv=none; b=A\r\n",
        set(1, cv: "none") + "ARC-Seal: i=x; b=A\r\n",
    ]) func `a broken chain has failed, whatever anybody says`(chain: String) throws {
        let set = try fields("Authentication-Results: mx.example.net; arc=pass\r\n\(chain)From: a")
        #expect(set.count == 3 && set[2].value.text.contains("cv=fail;"))
    }

    @Test func `nothing is added to a chain that ends in a failure`() throws {
        #expect(
            try reason("Authentication-Results: mx.example.net; arc=fail\r\n\(Self.set(1, cv: "fail"))From: a")
                == "its ARC chain has failed before")
    }

    @Test func `nothing is added to a chain of fifty sets`() throws {
        let chain = (1...50).reversed().map { Self.set($0, cv: $0 == 1 ? "none" : "pass") }.joined()
        #expect(
            try reason("Authentication-Results: mx.example.net; arc=pass\r\n\(chain)From: a")
                == "its ARC chain has 50 sets")
    }

    @Test func `two results that contradict one another are a failure`() throws {
        let set = try fields(
            "Authentication-Results: mx.example.net; arc=pass; arc=none\r\n\(Self.set(1, cv: "none"))From: a")
        #expect(set.count == 3 && set[2].value.text.contains("cv=fail;"))
    }

    @Test func `text that is no private key makes no signing key`() {
        #expect(SigningKey(pem: []) == nil)
        #expect(SigningKey(pem: Array("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n".utf8)) == nil)
    }
}
