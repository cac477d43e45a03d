// SPDX-License-Identifier: Apache-2.0

import Testing
import Verdicts

@testable import Feeds

/// What a reader makes of a text, cut into chunks of one size after another: the cuts must not matter.
private func read(_ text: String, _ reader: () throws -> any FeedReader) throws -> FeedFindings {
    var whole: FeedFindings?
    for size in [1, 2, 3, 7, 64, 100_000] {
        var reader = try reader()
        var findings = FeedFindings()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try reader.read(Array(rest.prefix(size)).span, into: &findings)
            rest = rest.dropFirst(size)
        }
        try reader.end(into: &findings)
        if let whole {
            #expect(
                whole.entries == findings.entries && whole.unused == findings.unused && whole.leads == findings.leads)
            #expect(whole.bad.map(\.place) == findings.bad.map(\.place))
        }
        whole = findings
    }
    return try #require(whole)
}

extension FeedFindings {
    fileprivate var values: [String] { entries.map { "\($0.kind) \(String(decoding: $0.value, as: UTF8.self))" } }
}

struct `Formats of feeds` {
    @Test func `a plain list has a value a line, comments and remarks aside`() throws {
        let found = try read(
            "\u{FEFF}# URLs\n; more\n\nhttp://evil.example/a\r\n  http://b.example  # seen\nx y\nlast.example/"
        ) {
            LineReader(.list(.url))
        }
        #expect(found.values == ["url http://evil.example/a", "url http://b.example", "url last.example/"])
        #expect(found.bad.map(\.place) == ["line 6"])
    }

    @Test func `a list of domains may have leading dots and stars, one of hashes file names`() throws {
        let domains = try read(".a.example\n*.b.example\nc.example\n") { LineReader(.list(.domain)) }
        #expect(domains.values == ["domain a.example", "domain b.example", "domain c.example"])
        let digest = String(repeating: "ab", count: 32)
        let hashes = try read("\(digest)  invoice one.exe\n") { LineReader(.list(.file)) }
        #expect(hashes.values == ["file \(digest)"])
    }

    @Test func `a line without end is skipped and counted, and what follows is read`() throws {
        let long = String(repeating: "x", count: LineSplitter.limit + 1)
        let found = try read("a.example\n\(long)\nb.example\n") { LineReader(.list(.domain)) }
        #expect(found.values == ["domain a.example", "domain b.example"])
        #expect(found.bad.map(\.reason) == ["longer than 65536 bytes"])
    }

    @Test func `a hosts file names hosts, but not those every machine has`() throws {
        let found = try read(
            """
            127.0.0.1 localhost
            ::1 ip6-localhost ip6-loopback
            0.0.0.0 evil.example www.evil.example # ads
            0.0.0.0\tb.example
            evil.example
            """
        ) { LineReader(.hosts) }
        #expect(found.values == ["domain evil.example", "domain www.evil.example", "domain b.example"])
        #expect(found.unused == 3 && found.bad.map(\.place) == ["line 5"])
    }

    @Test func `an RPZ zone names hosts by its triggers, relative to its own name`() throws {
        let found = try read(
            """
            $TTL 30
            @ SOA rpz.example.org. hostmaster.example.org. (
                2611262100 ; serial
                300 1800 604800 30 )
              NS localhost.
            ; a comment
            evil.example CNAME .
            *.evil.example CNAME .
            b.example 300 IN CNAME *.
            good.example CNAME rpz-passthru.
            24.0.2.0.192.rpz-ip CNAME .
            sink.example A 192.0.2.1
            slow.example CNAME rpz-tcp-only.
            odd.example CNAME
            """
        ) { ZoneReader() }
        #expect(
            found.values == ["domain evil.example", "domain evil.example", "domain b.example", "domain good.example"])
        #expect(found.entries.map(\.isClean) == [false, false, false, true])
        #expect(found.unused == 5 && found.bad.map(\.place) == ["line 14"])
        let absolute = try read(
            "$ORIGIN rpz.feed.example.\n@ 60 IN SOA a. b. 1 2 3 4 5\nevil.example.rpz.feed.example. CNAME .\nc.example CNAME .\n"
        ) { ZoneReader() }
        #expect(absolute.values == ["domain evil.example", "domain c.example"])
    }

    @Test func `URLhaus CSV is read, its heading a comment`() throws {
        let found = try read(
            """
            ################################################################
            # abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
            # Last updated: 2026-11-26 20:55:10 (UTC)                      #
            ################################################################
            #
            # id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
            "3398561","2026-11-26 20:51:06","http://192.0.2.7:48733/bin.sh","online","2026-11-26 20:51:06","malware_download","32-bit,elf,mips","https://urlhaus.abuse.ch/url/3398561/","geenensp"
            "3398560","2026-11-26 20:50:00","https://evil.example/a,b.exe","offline",,"malware_download","None","https://urlhaus.abuse.ch/url/3398560/","x ""y"" z"
            "3398559","broken"
            """
        ) { CSVReader.urlhaus }
        #expect(found.values == ["url http://192.0.2.7:48733/bin.sh", "url https://evil.example/a,b.exe"])
        #expect(found.entries.map(\.reason) == ["malware_download, 32-bit,elf,mips", "malware_download"])
        #expect(found.bad.map(\.place) == ["line 9"])
    }

    @Test func `PhishTank CSV is read by its first row, unverified entries are left`() throws {
        let found = try read(
            """
            phish_id,url,phish_detail_url,submission_time,verified,verification_time,online,target
            8123456,https://evil.example/login?x=1,http://www.phishtank.com/phish_detail.php?phish_id=8123456,2026-11-26T20:46:50+00:00,yes,2026-11-26T20:52:45+00:00,yes,PayPal
            8123457,"https://b.example/a,b",http://www.phishtank.com/x,2026-11-26T20:46:50+00:00,yes,,yes,Other
            8123458,https://c.example/,http://www.phishtank.com/x,2026-11-26T20:46:50+00:00,no,,yes,Other

            """
        ) { CSVReader.phishtank }
        #expect(found.values == ["url https://evil.example/login?x=1", "url https://b.example/a,b"])
        #expect(found.entries.map(\.reason) == ["PayPal", nil])
        #expect(found.unused == 1 && found.bad.isEmpty)
    }

    @Test func `CSV with a column map takes columns by name or by number, and kinds as others call them`() throws {
        let named = try read(
            "type,indicator,note\nFQDN,evil.example,kit\nIPv4,192.0.2.1,\nURL,\"http://b.example/a\n\",x\nsha256,,y\n"
        ) { CSVReader(FeedColumns(value: "indicator", kind: "type", reason: "note"), kind: .url) }
        #expect(named.values == ["domain evil.example", "url http://b.example/a\n"])
        #expect(named.unused == 1 && named.bad.map(\.place) == ["line 6"])
        let numbered = try read("1,evil.example\n2,b.example\n") { CSVReader(FeedColumns(value: "2"), kind: .domain) }
        #expect(numbered.values == ["domain evil.example", "domain b.example"])
        #expect(throws: FeedFault("the first row has no column 'url'")) {
            try read("<html>\n<body>\n") { CSVReader(FeedColumns(value: "url"), kind: .url) }
        }
    }

    @Test func `a CSV that ends within quotes is not whole`() {
        #expect(throws: FeedFault.self) { try read("\"1\",\"2\",\"http://evil.exa") { CSVReader.urlhaus } }
    }

    @Test(
        arguments: [
            // The row with the quote, then good ones; more lines than a row may have; and at the end of the file.
            ("\"a.example\nb.example\n\"c.example\"\n", ["b.example", "c.example"], ["line 1"]),
            (
                "\"a.example\n" + String(repeating: "b.example\n", count: 30), Array(repeating: "b.example", count: 30),
                ["line 1"]
            ),
            ("a.example\n\"b.example\nc.example\n", ["a.example", "c.example"], ["line 2"]),
            ("\"a.example\n\"b.example\nc.example\n", ["c.example"], ["line 1", "line 2"]),
            (
                "\"a.example\n\"" + String(repeating: "x", count: CSVRows.limit) + "\nc.example\n", ["c.example"],
                ["line 1", "line 2"]
            ),
            ("\"" + String(repeating: "x", count: CSVRows.limit) + "\"\nc.example\n", ["c.example"], ["line 1"]),
            ("\"a\"\".example\nb.example\n", ["b.example"], ["line 1"]),
            // Closed just where the row is too long.
            (
                "\"" + String(repeating: "a", count: 65_000) + "\nb.example\nc.example\n"
                    + String(repeating: "x", count: 513)
                    + "\",1\nd.example\n",
                ["b.example", "c.example", String(repeating: "x", count: 513) + "\"", "d.example"],
                ["line 1"]
            ),
            // Quotes that do what they are there for.
            ("\"a\nb\",1\n\"c\"\"d\" \r\n", ["a\nb", "c\"d"], []),
        ] as [(String, [String], [String])])
    func `a quote that nothing closes costs its line alone`(text: String, values: [String], bad: [String]) throws {
        let found = try read(text) { CSVReader(FeedColumns(value: "1"), kind: .domain) }
        #expect(found.entries.map { String(decoding: $0.value, as: UTF8.self) } == values)
        #expect(found.bad.map(\.place) == bad)
    }

    @Test func `lines that are read again cost no more than a bound`() throws {
        let line = "\"" + String(repeating: "x", count: CSVRows.limit / CSVRows.quotedLines - 10) + "\n"
        let text = String(repeating: line, count: 400)
        var reader = CSVReader(FeedColumns(value: "1"), kind: .domain)
        var findings = FeedFindings()
        let time = try ContinuousClock().measure {
            try reader.read(Array(text.utf8).span, into: &findings)
            try? reader.end(into: &findings)
        }
        #expect(findings.entries.isEmpty && time < .seconds(20))
    }

    @Test func `RPZ takes TTLs with units, and a name that stands for itself as vouched for`() throws {
        let found = try read(
            """
            $TTL 1h
            $ORIGIN rpz.feed.example.
            @ 1h IN SOA a. b. 1 2h 3 4 5
            evil.example 1h30m IN CNAME .
            good.example IN 2D CNAME good.example.
            other.example CNAME good.example.rpz.feed.example.

            """
        ) { ZoneReader() }
        #expect(found.values == ["domain evil.example", "domain good.example", "domain other.example"])
        #expect(found.entries.map(\.isClean) == [false, true, false] && found.bad.isEmpty)
    }

    @Test func `URLhaus JSON is read in both of its shapes`() throws {
        let dump = try read(
            """
            {"3398561":[{"dateadded":"2026-11-26 20:51:06 UTC","url":"http:\\/\\/evil.example\\/bin.sh","url_status":"online",
            "threat":"malware_download","tags":["32-bit","elf"],"reporter":"x"}],"3398560":[{"url":"http://b.example/\\u00fc","threat":"x"}]}
            """
        ) { JSONReader(.urlhaus) }
        #expect(dump.values == ["url http://evil.example/bin.sh", "url http://b.example/ü"])
        #expect(dump.entries[0].reason == "malware_download")
        let api = try read(
            #"{"query_status":"ok","urls":[{"id":"1","url":"http://evil.example/","blacklists":{"surbl":"no"},"tags":null}]}"#
        ) { JSONReader(.urlhaus) }
        #expect(api.values == ["url http://evil.example/"])
    }

    @Test func `PhishTank JSON is read, its details aside`() throws {
        let found = try read(
            """
            [{"phish_id":8123456,"url":"https://evil.example/a","verified":"yes","online":"yes","target":"PayPal",
              "details":[{"ip_address":"192.0.2.1","rir":"ripencc","announcing_network":"64500"}]},
             {"phish_id":"8123457","url":"https://b.example/","verified":"no","details":[]},
             {"phish_id":"8123458","verified":"yes","details":[]}]
            """
        ) { JSONReader(.phishtank) }
        #expect(found.values == ["url https://evil.example/a"])
        #expect(found.unused == 1 && found.bad.count == 1)
    }

    @Test func `a STIX bundle gives the values of its indicators`() throws {
        let digest = String(repeating: "ab", count: 32)
        let found = try read(
            """
            {"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[
             {"type":"identity","name":"Feed"},
             {"type":"indicator","spec_version":"2.1","id":"indicator--1","pattern":"[url:value = 'http://evil.example/it\\\\'s']",
              "pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-12-01T00:00:00.5Z","confidence":85,"name":"Kit"},
             {"type":"indicator","pattern":"[domain-name:value = 'b.example' OR domain-name:value='c.example'] OR [file:hashes.'SHA-256' = '\(digest)']"},
             {"type":"indicator","pattern":"[url:value IN ('http://d.example/', 'http://e.example/')]","revoked":true},
             {"type":"indicator","pattern":"[ipv4-addr:value = '192.0.2.1']"},
             {"type":"indicator","pattern":"[url:value = 'http://f.example/' AND file:size > 5]"},
             {"type":"indicator","pattern":"[url:value = 'http://g.example/"},
             {"type":"indicator","pattern":"rule x {}","pattern_type":"yara"}]}
            """
        ) { JSONReader(.stix) }
        #expect(
            found.values == [
                "url http://evil.example/it's", "domain b.example", "domain c.example", "file \(digest)",
                "url http://d.example/", "url http://e.example/",
            ])
        #expect(found.entries[0].confidence == 85 && found.entries[0].reason == "Kit")
        #expect(found.entries[0].expiresAt == 1_796_083_200_500)
        #expect(found.entries.map(\.isRevoked) == [false, false, false, false, true, true])
        #expect(found.unused == 2 && found.bad.count == 2)
    }

    @Test func `what a STIX indicator calls benign is taken back, and one of tomorrow says when it begins`() throws {
        let found = try read(
            """
            {"objects":[
             {"type":"indicator","pattern":"[domain-name:value='a.example']","indicator_types":["anonymization","benign"],
              "external_references":[{"source_name":"x","indicator_types":[]}]},
             {"type":"indicator","pattern":"[domain-name:value='b.example']","indicator_types":["malicious-activity"],
              "valid_from":"2026-11-26T21:00:00Z"}]}
            """
        ) { JSONReader(.stix) }
        #expect(found.values == ["domain a.example", "domain b.example"])
        #expect(found.entries.map(\.isRevoked) == [true, false])
        #expect(found.entries.map(\.validFrom) == [nil, 1_795_726_800_000])
    }

    @Test func `a TAXII envelope says whether there is more`() throws {
        let found = try read(
            #"{"more":true,"next":"7 &","objects":[{"type":"indicator","pattern":"[url:value='http://evil.example/']"}]}"#
        ) { JSONReader(.stix) }
        #expect(found.leads == [.more(next: "7 &")])
        #expect(found.values == ["url http://evil.example/"])
        #expect(try read("{}") { JSONReader(.stix) }.leads.isEmpty)
    }

    @Test func `a MISP manifest names events by UUID, and nothing else becomes a path`() throws {
        let uuid = "5d0092c5-5f74-4287-9642-33f4c354e56d"
        let found = try read(
            #"{"\#(uuid)":{"info":"x","timestamp":"1795723200","Orgc":{"name":"CIRCL","uuid":"x"},"Tag":[{"name":"tlp:white"}]},"../../../etc/passwd":{"timestamp":1}}"#
        ) { JSONReader(.mispManifest) }
        #expect(found.leads == [.event(uuid: uuid, timestamp: 1_795_723_200)])
        #expect(found.bad.count == 1)
    }

    @Test func `a MISP event gives the attributes that are meant for detection, those of its objects too`() throws {
        let digest = String(repeating: "ab", count: 32)
        let found = try read(
            """
            {"Event":{"info":"Kit","Attribute":[
             {"type":"url","value":"http://evil.example/a","to_ids":true,"category":"Network activity","comment":"landing"},
             {"type":"domain|ip","value":"b.example|192.0.2.1","to_ids":true},
             {"type":"link","value":"https://blog.example/report","to_ids":false},
             {"type":"email-src","value":"a@b.example","to_ids":true},
             {"type":"hostname","value":"old.example","to_ids":true,"deleted":true}],
             "Object":[{"name":"file","Attribute":[{"type":"filename|sha256","value":"a.exe|\(digest)","to_ids":true}]}]}}
            """
        ) { JSONReader(.mispEvent) }
        #expect(
            found.values == [
                "url http://evil.example/a", "domain b.example", "domain old.example", "file \(digest)",
            ])
        #expect(found.entries.map(\.isRevoked) == [false, false, true, false])
        #expect(found.entries[0].reason == "landing" && found.unused == 2)
    }

    @Test func `a MISP warninglist gives its names`() throws {
        let found = try read(
            #"{"description":"x","list":["google.com",".microsoft.com","192.0.2.0/24"],"matching_attributes":["url"],"type":"hostname","version":3}"#
        ) { JSONReader(.warninglist(.domain)) }
        #expect(found.values == ["domain google.com", "domain microsoft.com"])
        #expect(found.unused == 1)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\" 1}", "<html></html>", "[1] 2", "{\"a\":tru}", "[\"\\x\"]", "{1:2}", "[1 2]", "]",
        "\"\u{1}\"", "{\"a\":1,}",
        String(repeating: "[", count: 65),
    ])
    func `what is no JSON, or half of it, ends the run`(text: String) {
        #expect(throws: FeedFault.self) { try read(text) { JSONReader(.urlhaus) } }
    }

    @Test func `a string that is too long costs its object, not the run`() throws {
        let long = String(repeating: "x", count: JSONTokens.stringLimit + 1)
        let found = try read(
            #"{"a":[{"url":"\#(long)"},{"url":"http://b.example/"}],"c":[{"tag":"\#(long)","url":"http://d.example/"}]}"#
        ) {
            JSONReader(.urlhaus)
        }
        #expect(found.values == ["url http://b.example/", "url http://d.example/"])
        #expect(found.bad.count == 1)
    }

    @Test func `escapes and surrogates are read as JSON has them`() throws {
        let found = try read(#"{"a":[{"url":"\ud83d\ude00 \ud83d \" \\ \/ \t\ud83dx"}]}"#) { JSONReader(.urlhaus) }
        #expect(found.values == ["url \u{1F600} \u{FFFD} \" \\ / \t\u{FFFD}x"])
    }

    /// Whatever stands in a feed, a reader ends, traps on nothing, and takes time that grows with the size alone.
    @Test func `rubbish of any kind ends in entries, bad lines or a fault`() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("{}[]\",:\\u0d8'()= \n\r\t;#$@.*abcINORAND0123456789-CNAMErpz|".utf8)
        for round in 0..<3_000 {
            let text = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                round % 3 == 0 ? UInt8.random(in: 0...255, using: &random) : alphabet.randomElement(using: &random) ?? 0
            }
            let readers: [any FeedReader] = [
                LineReader(.list(.url)), LineReader(.hosts), ZoneReader(), CSVReader.urlhaus, CSVReader.phishtank,
                JSONReader(.stix), JSONReader(.mispEvent), JSONReader(.warninglist(.domain)),
            ]
            for var reader in readers {
                var findings = FeedFindings()
                do {
                    try reader.read(text.span, into: &findings)
                    try reader.end(into: &findings)
                } catch { #expect(!error.description.isEmpty) }
            }
            _ = try? STIXPattern.values(text)
        }
    }

    @Test func `times are read as STIX writes them`() {
        #expect(Timestamp.milliseconds("1970-01-01T00:00:00Z") == 0)
        #expect(Timestamp.milliseconds("2026-11-26T21:00:00.25Z") == 1_795_726_800_250)
        #expect(Timestamp.milliseconds("2024-02-29T12:00:00.123456Z") == 1_709_208_000_123)
        for bad in ["", "2026-11-26", "2026-13-26T21:00:00Z", "2026-11-26T21:00:00+01:00", "x026-11-26T21:00:00Z"] {
            #expect(Timestamp.milliseconds(bad) == nil)
        }
    }
}
