// SPDX-License-Identifier: Apache-2.0

import Testing
import Verdicts

struct IndicatorPatternTests {
    private static let digest = String(repeating: "0aF9", count: 16)

    @Test(arguments: [
        (Indicator.Kind.url, "http://evil.example/login?x=1", "evil.example/login?x=1"),
        (.url, "HTTPS://Evil.Example/Login", "evil.example/Login"),
        (.url, "  evil.example/login\n", "evil.example/login"),
        (.url, "evil.example:8080/login", "evil.example/login"),
        (.url, "evil.example/go?to=http://other.example/", "evil.example/go?to=http://other.example/"),
        (.url, "hxxps://evil[.]example/login", "evil.example/login"),
        (.url, "http://evil.example", "evil.example/"),
        (.url, "http://evil.example/files/", "evil.example/files/"),
        (.domain, "Evil.Example", "evil.example/"),
        (.domain, "evil[.]example", "evil.example/"),
        (.file, digest, String(repeating: "0af9", count: 16)),
    ])
    func `a value is looked up by its canonical form`(kind: Indicator.Kind, value: String, pattern: String) throws {
        #expect(try IndicatorPattern.pattern(of: kind, value: value) == pattern)
    }

    @Test(arguments: [
        (Indicator.Kind.url, " \t", "url ' \u{FFFD}': is empty"),
        (.url, "http://evil.example/a\nhttp://b.example/", "has a line end or another control within"),
        (.domain, "evil\t.example", "has a line end or another control within"),
        (.url, "mailto:a@evil.example", "expected an http or https URL, or a host and a path"),
        (.url, "ftp://evil.example/", "expected an http or https URL, found 'ftp:'"),
        (.url, "http://" + String(repeating: "a", count: 2_000) + "/", "has 2001 bytes, the limit is 2000"),
        (.domain, "evil.example/login", "expected a host name alone, found '/'"),
        (.domain, "http://evil.example", "expected a host name alone, found '/'"),
        (.domain, "*.evil.example", "already covers all hosts below it: leave out '*.'"),
        (.domain, "evil.example:8080", "expected a host name alone, found a port"),
        (.file, "abc", "expected 64, 40 or 32 hexadecimal digits, found 3 bytes"),
        (.file, String(repeating: "g", count: 64), "expected 64, 40 or 32 hexadecimal digits, found 64 bytes"),
    ])
    func `a value that is no indicator is refused with the reason`(
        kind: Indicator.Kind, value: String, reason: String
    ) {
        let error = #expect(throws: IndicatorPatternError.self) {
            try IndicatorPattern.pattern(of: kind, value: value)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
