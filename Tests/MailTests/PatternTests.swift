// SPDX-License-Identifier: Apache-2.0

import Mail
import Testing

@Suite struct AddressPatternTests {
    private func covers(_ pattern: String, _ address: String) -> Bool? {
        AddressPattern(pattern)?.covers(Array(address.utf8))
    }

    @Test func `an address, a domain and what is below a domain are three things`() {
        #expect(covers("Alice@Example.org", "aLICE@example.ORG") == true)
        #expect(covers("alice@example.org", "alice@sub.example.org") == false)
        #expect(covers("example.org", "x@example.org") == true)
        #expect(covers("example.org", "x@example.org.") == true)
        #expect(covers("example.org", "x@sub.example.org") == false)
        #expect(covers("example.org", "x@badexample.org") == false)
        #expect(covers(".example.org", "x@a.b.example.org") == true)
        #expect(covers(".example.org", "x@example.org") == false)
        #expect(covers(".example.org", "x@badexample.org") == false)
        #expect(covers("example.org", "\"a@example.net\"@example.org") == true)
        #expect(covers("example.net", "\"a@example.net\"@example.org") == false)
        #expect(covers("example.org", "postmaster") == false)
    }

    @Test func `the empty sender has a pattern of its own`() {
        #expect(covers("<>", "") == true)
        #expect(covers("<>", "x@example.org") == false)
        #expect(covers("example.org", "") == false)
    }

    @Test(arguments: [
        "", "@example.org", "a b@example.org", "example..org", ".", "*.example.org", "a@", "-@@", "example.org/x",
    ])
    func `what is no address and no domain is refused`(text: String) {
        #expect(AddressPattern(text) == nil)
    }
}

@Suite struct NetworkRangeTests {
    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("192.0.2.7", "192.0.2.7", true),
        ("0.0.0.0/0", "203.0.113.1", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("2001:db8::/32", "2001:db8:1::7", true), ("2001:db8::/32", "IPv6:2001:DB8::1", true),
        ("2001:db8::/32", "2001:db9::", false), ("::1", "::1", true), ("::1", "0:0:0:0:0:0:0:1", true),
        ("192.0.2.0/24", "::ffff:192.0.2.1", true), ("::/0", "192.0.2.1", false),
        ("2001:db8::/33", "2001:db8:8000::", false),
        ("192.0.2.0/24", "unknown", false), ("::1", "", false),
    ])
    func `a range covers the addresses whose first bits agree`(range: String, client: String, isCovered: Bool) {
        #expect(NetworkRange(range)?.covers(client) == isCovered)
    }

    @Test(arguments: [
        "", "192.0.2.0/33", "192.0.2.1/24", "192.0.2", "192.0.2.256", "192.0.02.1", "1.2.3.4/", "::/129",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3", "2001:db8::1/32", "g::", ":::", "1:2:3:4:5:6:7", "example.org", "192.0.2.0/-1", "::ffff:192.0.2.300",
    ])
    func `what is no range is refused`(text: String) {
        #expect(NetworkRange(text) == nil)
    }
}

@Suite struct AuthenticationResultTests {
    @Test func `method and word must be of the registry`() {
        #expect(AuthenticationResult("dmarc=fail") == AuthenticationResult(.dmarc, "fail"))
        for text in ["dmarc", "dmarc=", "=fail", "dmarc=failed", "iprev=pass", "dmarc=fail=x", "DMARC=fail"] {
            #expect(AuthenticationResult(text) == nil, "\(text)")
        }
    }
}
