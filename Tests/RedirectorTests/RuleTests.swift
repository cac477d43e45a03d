// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import LinkTokens
import Mail
import Records
import Testing
import URLSyntax
import Verdicts
import Web

@testable import Redirector

@Suite struct RuleTests {
    private func fixture(_ change: (inout ClickPolicy) -> Void = { _ in }) throws -> Fixture {
        var fixture = try Fixture()
        fixture.policy.rules.protect(["paypal.com", "example.org", "sparkasse.de"])
        change(&fixture.policy)
        return fixture
    }

    @Test(arguments: [
        // Cyrillic а, a digit, two letters for one, an accent, a name in front of another suffix.
        ("https://xn--pypal-4ve.com/", "look_alike: paypal.com"), ("https://paypa1.com/", "look_alike: paypal.com"),
        ("https://exarnple.org/x", "look_alike: example.org"), ("https://login.paypa1.com/", "look_alike: paypal.com"),
        ("https://xn--pypal-4ve.login.example/", "look_alike: paypal.com"),
        ("https://xn--sprkasse-0ya.de/", "look_alike: sparkasse.de"),
        ("https://203.0.113.9/login", "ip_literal"), ("https://[2001:db8::1]/", "ip_literal"),
        ("https://0xcb007109/", "ip_literal"), ("https://3405803785/", "ip_literal"),
    ]) func `a target that gives itself away is warned about`(target: String, reason: String) async throws {
        let fixture = try fixture()
        let answer = try await fixture.answer(try fixture.path(to: target))
        #expect(answer.status == 200)
        #expect(fixture.journal.records.first?.outcome == .warned)
        #expect(fixture.journal.records.first?.reasons == [reason])
    }

    @Test(arguments: [
        "https://paypal.com/", "https://www.paypal.com/", "https://paypal.com.example/",
        "https://xn--bcher-kva.example/",
        "http://10.1.2.3/", "http://192.168.1.1/", "http://172.16.0.1/", "http://127.0.0.1/", "http://[::1]/",
        "http://[fd00::1]/", "https://notpaypal.com/", "https://paypal.de/",
    ]) func `an honest name, and the site's own machines, are not`(target: String) async throws {
        let fixture = try fixture()
        #expect(try await fixture.answer(try fixture.path(to: target)).status == 302)
        #expect(fixture.journal.records.first?.reasons == nil)
    }

    @Test func `a domain that no mail named before the last days is told, and warned about when the site wants it`()
        async throws
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "domains-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let today = SeenDomains.day(at: 1_700_000_000_000)
        var list = SeenDomainList()
        list.note(Array("old.example".utf8), day: today - 30)
        list.note(Array("young.example".utf8), day: today - 2)
        try list.write(to: path)
        let seen = try SeenDomains(path: path)
        for (grade, status) in [(ClickPolicy.Grade.follow, 302), (.warn, 200)] {
            var fixture = try fixture { $0.rules.newDomain = grade }
            fixture.seenDomains = seen
            for target in ["https://www.old.example/", "https://a.young.example/", "https://never.example/"] {
                let isNew = !target.contains("old")
                let answer = try await fixture.answer(try fixture.path(to: target))
                #expect(answer.status == (isNew ? status : 302), "\(target)")
                if answer.status == 200 { #expect(answer.body.text.contains("No mail here had a link to this domain")) }
            }
            #expect(
                fixture.journal.records.map(\.reasons) == [
                    nil, ["new_domain: young.example"], ["new_domain: never.example"],
                ])
        }
    }

    @Test func `whoever vouches for a target switches the rules off for it`() async throws {
        var fixture = try fixture()
        fixture.verdict = .clean
        #expect(try await fixture.answer(try fixture.path(to: "https://203.0.113.9/")).status == 302)
    }

    @Test(arguments: [(ClickPolicy.Grade.follow, 302), (.ask, 200), (.warn, 200), (.block, 403)])
    func `what a rule asks for is the site's decision`(grade: ClickPolicy.Grade, status: Int) async throws {
        let fixture = try fixture { $0.rules.ipLiteral = grade }
        #expect(try await fixture.answer(try fixture.path(to: "https://203.0.113.9/")).status == status)
        #expect(fixture.journal.records.first?.reasons == ["ip_literal"])
    }

    @Test(arguments: [
        ("bcher-kva", "b\u{FC}cher"), ("pypal-4ve", "p\u{430}ypal"),
        (
            "egbpdaj6bu4bxfgehfvwxn",
            "\u{644}\u{64A}\u{647}\u{645}\u{627}\u{628}\u{62A}\u{643}\u{644}\u{645}\u{648}\u{634}\u{639}\u{631}\u{628}\u{64A}\u{61F}"
        ),
        ("ihqwcrb4cv8a8dqg056pqjye", "\u{4ED6}\u{4EEC}\u{4E3A}\u{4EC0}\u{4E48}\u{4E0D}\u{8BF4}\u{4E2D}\u{6587}"),
    ]) func `Punycode reads the RFC's samples`(text: String, scalars: String) {
        #expect(Punycode.decode(Array(text.utf8)) == Array(scalars.unicodeScalars))
    }

    @Test func `Punycode takes any bytes without a trap`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...70, using: &random)).map { _ in
                "abcxyz0189-".utf8.randomElement(using: &random) ?? 0
            }
            _ = Punycode.decode(bytes)
            _ = LabelShape(Array("xn--".utf8) + bytes)
        }
    }

    @Test func `a wrapped target is judged, shown and recorded with what wraps it`() async throws {
        let inner = "https://evil.example/login"
        let wrapped =
            "https://eur01.safelinks.protection.outlook.com/?url=\(Percent.encode(inner))&data=x&sdata=y&reserved=0"
        var fixture = try fixture()
        fixture.verdict = .suspicious
        let answer = try await fixture.answer(try fixture.path(to: wrapped))
        let record = try #require(fixture.journal.records.first)
        let wrappers = try #require(record.wrappers)
        #expect(wrappers.count == 1 && record.innerURL == inner)
        #expect(answer.body.text.contains(#"<p class="host" dir="ltr">evil.example</p>"#))
        #expect(answer.body.text.contains("safelinks.protection.outlook.com"))
    }
}

@Suite struct VouchingTests {
    @Test func `who vouches for a wrapper does not vouch for what is in it`() async throws {
        var fixture = try Fixture()
        let inner = "https://203.0.113.9/login"
        let wrapped =
            "https://eur01.safelinks.protection.outlook.com/?url=\(Percent.encode(inner))&data=x&sdata=y&reserved=0"
        fixture.verdicts = { $0.contains("outlook.com") ? .clean : .unknown }
        let path = try fixture.path(to: wrapped)
        #expect(try await fixture.answer(path).status == 200)
        #expect(fixture.journal.records.first?.reasons == ["ip_literal"])
        fixture.verdicts = { $0.contains("203.0.113.9") ? .clean : .unknown }
        #expect(try await fixture.answer(path).status == 302)
        fixture.verdicts = { $0.contains("203.0.113.9") ? .malicious : .clean }
        #expect(try await fixture.answer(path).status == 403)
    }
}

@Suite struct ClickerTests {
    private static let firefox = [
        WebField("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        WebField("Accept-Language", "de,en;q=0.5"), WebField("Sec-Fetch-Mode", "navigate"),
        WebField("Sec-Fetch-User", "?1"),
    ]

    private func guess(_ fields: [WebField], row: Int = 1, simulation: Bool = false) -> String {
        Clicker.guess(
            WebRequest(target: Array("/to/a/b".utf8), fields: fields), linksInARow: row, isSimulation: simulation
        ).kind.rawValue
    }

    @Test func `people, scanners, previews and exercises are told apart`() {
        #expect(guess(Self.firefox) == "human")
        #expect(guess(Self.firefox, row: 4) == "scanner")
        #expect(guess(Self.firefox, simulation: true) == "simulation")
        #expect(guess(Self.firefox + [WebField("Sec-Purpose", "prefetch")]) == "preview")
        #expect(guess([WebField("User-Agent", "WhatsApp/2.23.20.0")]) == "preview")
        #expect(guess([WebField("User-Agent", "curl/8.5.0")]) == "scanner")
        #expect(guess([]) == "scanner")
        #expect(guess([Self.firefox[0]]) == "scanner")
        #expect(guess([WebField("User-Agent", "Lynx/2.9")]) == "unknown")
        #expect(
            guess(Array(Self.firefox.prefix(2)) + [WebField("Accept", "image/avif,image/webp,*/*;q=0.8")]) == "preview")
    }

    @Test func `all links of a message in a row make a scanner, and the raw fields are kept`() async throws {
        let fixture = try Fixture()
        let redirector = try fixture.redirector
        for ordinal in 0..<5 {
            let path = try fixture.path(to: "https://www.example.com/", ordinal: ordinal)
            _ = await redirector.handle(WebRequest(target: path, fields: Self.firefox, peer: "192.0.2.1"))
        }
        #expect(fixture.journal.records.map(\.clicker) == ["human", "human", "human", "scanner", "scanner"])
        #expect(fixture.journal.records[0].fields?.contains("Accept-Language: de,en;q=0.5") == true)
        #expect(fixture.journal.records[4].clickerReason == "5 links of one message within seconds")
    }
}

@Suite struct RateTests {
    @Test func `a link opened too often meets a page, and the rest of the web does not`() async throws {
        var fixture = try Fixture()
        fixture.policy.rates.perLink = 3
        let redirector = try fixture.redirector
        let path = try fixture.path(to: "https://www.example.com/")
        let other = try fixture.path(to: "https://www.example.com/", ordinal: 4)
        var statuses: [Int] = []
        for _ in 0..<5 { statuses.append(await redirector.handle(WebRequest(target: path)).status) }
        #expect(statuses == [302, 302, 302, 429, 429])
        #expect(await redirector.handle(WebRequest(target: other)).status == 302)
        #expect(fixture.journal.records.count == 4)
    }

    @Test func `HEAD counts as an opening, and meets the page as well`() async throws {
        var fixture = try Fixture()
        fixture.policy.rates.perLink = 3
        let redirector = try fixture.redirector
        let path = try fixture.path(to: "https://www.example.com/")
        var statuses: [Int] = []
        for method in ["HEAD", "GET", "HEAD", "HEAD", "GET"] {
            statuses.append(await redirector.handle(WebRequest(method: method, target: path)).status)
        }
        #expect(statuses == [302, 302, 302, 429, 429])
    }

    @Test func `of IPv6 the limits are those of a network, of which one host has all addresses`() async throws {
        var fixture = try Fixture()
        (fixture.policy.rates.invalidPerAddress, fixture.policy.rates.addressesPerLink) = (2, 1)
        let redirector = try fixture.redirector
        func status(_ peer: String) async -> Int {
            await redirector.handle(WebRequest(target: Array("/to/a/b".utf8), peer: peer)).status
        }
        var statuses: [Int] = []
        for peer in ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:1::1"] {
            statuses.append(await status(peer))
        }
        #expect(statuses == [404, 404, 429, 404])
        let path = try fixture.path(to: "https://www.example.com/")
        for index in 0..<20 { _ = await redirector.handle(WebRequest(target: path, peer: "2001:db8::\(index)")) }
        try await Task.sleep(for: .milliseconds(50))
        #expect(fixture.journal.alerts.isEmpty)
    }

    @Test func `people of one IPv6 network who open a link each are people`() async throws {
        let fixture = try Fixture()
        let redirector = try fixture.redirector
        for index in 1...5 {
            let path = try fixture.path(to: "https://www.example.com/", ordinal: index)
            let fields = [
                WebField("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
                WebField("Accept-Language", "de"),
            ]
            _ = await redirector.handle(WebRequest(target: path, fields: fields, peer: "2001:db8::\(index)"))
        }
        #expect(fixture.journal.records.map(\.clicker) == Array(repeating: "human", count: 5))
    }

    @Test func `an address that brings bad links by the dozen is slowed down`() async throws {
        var fixture = try Fixture()
        fixture.policy.rates.invalidPerAddress = 2
        let redirector = try fixture.redirector
        func status(_ peer: String) async -> Int {
            await redirector.handle(WebRequest(target: Array("/to/a/b".utf8), peer: peer)).status
        }
        var statuses: [Int] = []
        for _ in 0..<3 { statuses.append(await status("192.0.2.1")) }
        #expect(statuses == [404, 404, 429])
        #expect(await status("192.0.2.2") == 404)
    }

    @Test func `a link that a crowd opens raises one alert`() async throws {
        var fixture = try Fixture()
        fixture.policy.rates.addressesPerLink = 5
        let redirector = try fixture.redirector
        let path = try fixture.path(to: "https://www.example.com/")
        for index in 0..<20 { _ = await redirector.handle(WebRequest(target: path, peer: "192.0.2.\(index)")) }
        for _ in 0..<100 where fixture.journal.alerts.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        #expect(fixture.journal.alerts.map(\.kind) == [.overAudience])
        #expect(fixture.journal.alerts.first?.addresses == 6)
        #expect(fixture.journal.records.count == 20)
    }

    @Test func `a window forgets at its end, when it is full, and when the clock goes back`() {
        var window = Window<Int, Int>(span: 10, limit: 3)
        func count(_ key: Int, _ time: Int64) -> Int {
            window.update(key, at: time, default: 0) {
                $0 += 1; return $0
            }
        }
        let first: [Int] = [count(1, 0), count(1, 9), count(1, 10)]
        #expect(first == [1, 2, 1])
        let second: [Int] = [count(2, 11), count(3, 11), count(4, 11), count(1, 11)]
        #expect(second == [1, 1, 1, 1])
        #expect(count(4, 5) == 1)
    }
}

@Suite struct AudienceTests {
    private func fixture() throws -> Fixture {
        var fixture = try Fixture()
        fixture.policy.audience.networks = [try #require(NetworkRange("192.0.2.0/24"))]
        fixture.policy.audience.outside = .ask
        return fixture
    }

    @Test func `strangers are shown where the link leads, people inside are sent there`() async throws {
        let fixture = try fixture()
        let redirector = try fixture.redirector
        let path = try fixture.path(to: "https://www.example.com/")
        let inside = await redirector.handle(WebRequest(target: path, peer: "192.0.2.9"))
        #expect(inside.status == 302)
        let outside = await redirector.handle(WebRequest(target: path, peer: "198.51.100.9"))
        #expect(outside.status == 200 && outside.field("Location") == nil)
        #expect(outside.body.text.contains(#"<p class="host" dir="ltr">www.example.com</p>"#))
        #expect(outside.field("Set-Cookie") == nil)
        #expect(fixture.journal.records.map(\.outcome) == [.allowed, .asked])
        #expect(fixture.journal.records.map(\.audience) == ["inside", "outside"])
        #expect(fixture.journal.records[1].reasons == ["outside"])
    }

    @Test func `a device that was inside, or went on, is known again; a forged cookie is not`() async throws {
        let fixture = try fixture()
        let redirector = try fixture.redirector
        let path = try fixture.path(to: "https://www.example.com/")
        func visit(_ peer: String, cookie: String?, method: String = "GET", body: String = "") async -> WebResponse {
            let fields = cookie.map { [WebField("Cookie", "a=b; \($0); c=d")] } ?? []
            return await redirector.handle(
                WebRequest(method: method, target: path, fields: fields, peer: peer, body: Array(body.utf8)))
        }
        let given = try #require(await visit("192.0.2.9", cookie: nil).field("Set-Cookie"))
        #expect(given.hasSuffix("; Max-Age=15552000; Path=/; HttpOnly; SameSite=Lax; Secure"))
        let cookie = String(given.prefix { $0 != ";" })
        #expect(await visit("198.51.100.9", cookie: cookie).status == 302)
        let forged = String(cookie.dropLast(2)) + (cookie.dropLast().last == "A" ? "B" : "A") + String(cookie.suffix(1))
        #expect(await visit("198.51.100.9", cookie: forged).status == 200)

        let page = await visit("198.51.100.7", cookie: nil)
        let token = try Fixture.proceedToken(in: page)
        let gone = await visit("198.51.100.7", cookie: nil, method: "POST", body: "proceed=\(token)")
        #expect(gone.status == 303)
        let second = String(try #require(gone.field("Set-Cookie")).prefix { $0 != ";" })
        #expect(await visit("198.51.100.7", cookie: second).status == 302)
    }

    @Test func `going on from outside does not go past a block`() async throws {
        var fixture = try fixture()
        let path = try fixture.path(to: "https://www.example.com/")
        let token = try Fixture.proceedToken(
            in: try await fixture.redirector.handle(WebRequest(target: path, peer: "198.51.100.7")))
        fixture.verdict = .malicious
        #expect(try await fixture.proceed(path, with: token).status == 403)
    }
}

@Suite struct PrivacyTests {
    @Test(arguments: [
        (ClickPolicy.AddressPrivacy.whole, "192.0.2.77", "192.0.2.77"), (.truncated, "192.0.2.77", "192.0.2.0"),
        (.truncated, "2001:db8:1:2::3", "2001:db8:1::"), (.whole, "2001:db8:1:2::3", "2001:db8:1:2::3"),
    ]) func `the address is kept as the site wants`(
        privacy: ClickPolicy.AddressPrivacy, peer: String, kept: String
    ) async throws {
        var fixture = try Fixture()
        fixture.policy.addressPrivacy = privacy
        let path = try fixture.path(to: "https://www.example.com/")
        _ = try await fixture.redirector.handle(WebRequest(target: path, peer: peer))
        #expect(fixture.journal.records.first?.client == kept)
    }

    @Test func `a keyed name is the same for the same address, tells nothing, and changes with the key`() async throws {
        var names: [String] = []
        for _ in 0..<2 {
            var fixture = try Fixture()
            fixture.policy.addressPrivacy = .keyed
            let redirector = try fixture.redirector
            let path = try fixture.path(to: "https://www.example.com/")
            for peer in ["192.0.2.1", "192.0.2.1", "192.0.2.2"] {
                _ = await redirector.handle(WebRequest(target: path, peer: peer))
            }
            names += fixture.journal.records.map(\.client)
        }
        #expect(names[0] == names[1] && names[0] != names[2] && names[0] != names[3])
        #expect(names.allSatisfy { $0.utf8.count == 16 })
    }

    @Test func `clicks that shall not be recorded are answered all the same`() async throws {
        var fixture = try Fixture()
        fixture.policy.recordsClicks = false
        #expect(try await fixture.answer(try fixture.path(to: "https://www.example.com/")).status == 302)
        #expect(fixture.journal.records.isEmpty)
    }
}
