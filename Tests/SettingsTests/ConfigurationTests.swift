// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Testing

@testable import Settings

@Suite struct ConfigurationTests {
    private let minimal = "click:\n  url: https://links.example.org\n"

    private func configuration(_ text: String) throws -> Configuration {
        try Configuration(text: Array(text.utf8), file: "test.yaml")
    }

    @Test func `what nobody sets has its default`() throws {
        let it = try configuration(minimal)
        #expect(it.click.url == "https://links.example.org")
        #expect(it.click.listen == "127.0.0.1:8025")
        #expect(it.click.allowsProceeding)
        #expect(!it.click.isStrict)
        #expect(it.milter.mode == .rewrite)
        #expect(it.milter.onJournalFailure == .tempfail)
        #expect(it.milter.limits.messageSize == 104_857_600)
        #expect(it.milter.exemptDomains == [])
        #expect(it.journal.segmentAge == .seconds(86_400))
        #expect(it.mailboxes.imap.address == nil)
        #expect(it.mailboxes.imap.masterSeparator == "*")
        #expect(it.log.level == .info)
        #expect(it.messageJournalDirectory == "/var/lib/rearguard/journal/messages")
        #expect(it.storePath == "/var/lib/rearguard/store.sqlite")
        #expect(it.adminSocketPath == "/var/lib/rearguard/admin.sock")
    }

    @Test func `what is set is taken`() throws {
        let it = try configuration(
            """
            state: { directory: /srv/rg/ }
            click:
              url: "http://[::1]:8025/mail/"
              listen: "[::1]:8025"
              strict: yes
            milter:
              socket: inet:8891@127.0.0.1
              mode: monitor
              exempt_domains:
                - domain: Intranet.example.org
                  owner: "it@example.org"
                  reason: "internal: not reachable"
                  expires: 2030-12-31
              limits:
                message_size: 10MiB
            store:
              path: /srv/db/store.sqlite
            mailboxes:
              imap:
                url: imap://[::1]:1143
                tls: none
                master_separator: "%"
                certificate_file: /etc/ssl/own.pem
                login: local_part
                retry_first: 250 ms
            log:
              level: debug
            """)
        #expect(it.click.url == "http://[::1]:8025/mail")
        #expect(it.milter.mode == .monitor)
        #expect(it.milter.limits.messageSize == 10 << 20)
        #expect(it.storePath == "/srv/db/store.sqlite")
        #expect(it.adminSocketPath == "/srv/rg/admin.sock")
        #expect(it.mailboxes.imap.address == .init(host: "::1", port: 1143))
        #expect(it.mailboxes.imap.login == .localPart)
        #expect(it.mailboxes.imap.retryFirst == .milliseconds(250))
        let exempt = try #require(it.milter.exemptDomains.first)
        #expect(exempt.domain == "intranet.example.org")
        #expect(exempt.holds(at: 1_924_991_999_999))
        #expect(!exempt.holds(at: 1_924_992_000_000))
        #expect(it.milter.exemptDomains.count == 1)
        let again = try Configuration(text: Array(it.effectiveText.utf8), file: it.file)
        #expect(again == it)
    }

    @Test func `the effective configuration reads back as itself`() throws {
        let it = try configuration(minimal)
        #expect(try configuration(it.effectiveText) == it)
        for (key, _) in Configuration.declaredOptions {
            let name = key.split(separator: ".").last.map(String.init) ?? key
            #expect(it.effectiveText.contains("\(name): "), "\(key)")
        }
    }

    @Test func `odd text survives the effective configuration`() throws {
        for name in [#"Müller & Söhne: "Post" \o/"#, "*", "yes", "null", "- a", "# b", "a #b", "12", " x ", "{a}", "🙂"]
        {
            let it = try configuration(minimal + "site:\n  name: \(YAMLScalar.plain(name))\n")
            #expect(it.site.name == name)
            #expect(try configuration(it.effectiveText) == it)
        }
    }

    @Test(arguments: [("/nonexistent/rearguard.yaml", "no such file"), ("/", "it is a directory")])
    func `a file that cannot be read is named with the reason`(path: String, reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: path) }
        #expect(error?.description == "\(path): cannot be read: \(reason)")
    }

    @Test func `a huge file is refused, not read`() {
        #expect(throws: ConfigurationError.self) { try Configuration.load(path: "/dev/zero") }
    }

    @Test func `deep nesting is an error, not a crash`() {
        let text = String(repeating: "[", count: 500_000)
        #expect(throws: ConfigurationError.self) { try configuration(text) }
        let block = String(repeating: "- ", count: 100_000) + "a"
        #expect(throws: ConfigurationError.self) { try configuration(block) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(text: [0x61, 0x3A, 0xFF], file: "test.yaml")
        }
        #expect(error?.problem == "expected UTF-8 text, found other bytes")
    }
}

@Suite struct ValueTests {
    @Test(arguments: [("64 MiB", 67_108_864), ("1B", 1), ("3 GiB", 3_221_225_472), ("0 KiB", 0)])
    func `sizes are a number and a unit`(text: String, bytes: Int) {
        #expect(ByteSize.parse(text) == bytes)
        #expect(ByteSize.parse(ByteSize.text(bytes)) == bytes)
    }

    @Test(arguments: ["", "64", "MiB", "64 MB", "64  MiB", "64 mib", "-1 B", "1.5 GiB", "9999999999 GiB", "64 MiB "])
    func `anything else is no size`(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test(arguments: [
        ("500 ms", 500), ("30s", 30_000), ("90 min", 5_400_000), ("2 h", 7_200_000), ("7 d", 604_800_000),
    ])
    func `times are a number and a unit`(text: String, milliseconds: Int) {
        #expect(TimeSpan.parse(text) == .milliseconds(milliseconds))
        #expect(TimeSpan.parse(TimeSpan.text(.milliseconds(milliseconds))) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["30", "s", "30 sec", "1 w", "٣ s"]) func `anything else is no time`(text: String) {
        #expect(TimeSpan.parse(text) == nil)
    }

    @Test(arguments: [("1970-01-01", 0), ("2000-02-29", 11_016), ("2024-12-31", 20_088), ("2100-03-01", 47_541)])
    func `days are counted from 1970`(text: String, number: Int) {
        #expect(CalendarDay(text)?.number == number)
        #expect(CalendarDay(number: number).description == text)
    }

    @Test(arguments: ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "24-01-01", "2024-01-32", "2024/01/01", ""])
    func `days that do not exist are none`(text: String) {
        #expect(CalendarDay(text) == nil)
    }

    @Test func `a slip of the finger is near, another word is not`() {
        #expect(UnknownKey.distance("listen", "lsiten") == 2)
        #expect(UnknownKey.distance("", "abc") == 3)
        #expect(UnknownKey.distance("url", "url") == 0)
    }

    @Test func `a secret is the first line of a file that others cannot read`() throws {
        let path = NSTemporaryDirectory() + "rearguard-secret-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("hush\r\nnot this\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(try SecretFile.read(path) == "hush")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { try SecretFile.read(path) }
        try Data("\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { try SecretFile.read(path) }
    }
}
