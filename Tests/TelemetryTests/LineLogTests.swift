// SPDX-License-Identifier: Apache-2.0

import Logging
import Mail
import Synchronization
import Testing

@testable import Telemetry

/// Keeps what was written.
private final class Lines: Sendable {
    private let lines = Mutex<[[UInt8]]>([])

    var text: [String] { lines.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }

    func logger(_ level: Logger.Level = .trace, lead: LogLead = .none) -> Logger {
        Logger(label: "test") { _ in
            LineLog(level: level, lead: lead) { line in self.lines.withLock { $0.append(line) } }
        }
    }
}

@Suite struct LineLogTests {
    private let queueID = QueueID(Array("4XyZ12".utf8))
    private let reference = MessageReference(bits: 0x0123_4567_89AB_CDEF)

    @Test func `an event is level, name and fields, its subject first`() {
        let lines = Lines()
        MilterLog(lines.logger()).recorded(
            queueID: queueID, reference: reference, recipients: 1, links: 3, rewritten: 2, attachments: 0, size: 999,
            time: .milliseconds(12))
        #expect(
            lines.text == [
                "info milter.recorded queue_id=4XyZ12 reference=0123456789abcdef attachments=0 links=3 ms=12 "
                    + "recipients=1 rewritten=2 size=999\n"
            ])
    }

    @Test func `a field without a value is left out`() {
        let lines = Lines()
        MilterLog(lines.logger()).fault(queueID: nil, cause: "gone")
        #expect(lines.text == ["error milter.fault cause=gone\n"])
    }

    @Test func `events below the level are not written`() {
        let lines = Lines()
        let log = MilterLog(lines.logger(.warning))
        log.recorded(
            queueID: queueID, reference: reference, recipients: 1, links: 0, rewritten: 0, attachments: 0, size: 1,
            time: .zero)
        log.passed(queueID: queueID, reference: reference, reason: "limit")
        #expect(lines.text.count == 1)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), (#"say "hi""#, #""say \"hi\"""#),
        ("a=b", #""a=b""#), (#"back\slash"#, #""back\\slash""#), ("Grüße", "Grüße"), ("日本", "日本"),
        ("x\r\ny", #""x\r\ny""#), ("\u{1b}[31m", #""\u{1b}[31m""#), ("nul\0", #""nul\u{0}""#),
        ("\u{85}", #""\u{85}""#), ("\u{2028}", #""\u{2028}""#), ("abc\u{202E}fdp.exe", #""abc\u{202e}fdp.exe""#),
        ("\u{200B}", #""\u{200b}""#), ("\u{A0}", #""\u{a0}""#), ("tab\t", #""tab\t""#), ("\u{7F}", #""\u{7f}""#),
    ])
    func `a value is one word or quoted, and shows what would hide`(value: String, expected: String) {
        #expect(String(decoding: LogLine.escaped(value), as: UTF8.self) == expected)
    }

    @Test func `mail text cannot forge a line, a field or a level`() {
        let lines = Lines()
        let hostile = "x\nerror milter.tempfailed queue_id=FAKE\r<0>\u{2028}\u{85}\" queue_id=FAKE \\\" a=b"
        let logger = lines.logger()
        for event in everyEvent(hostile) { event(logger) }
        logger.info("\(hostile)", metadata: ["k\ney=1": "\(hostile)", "list": [.string(hostile)]])
        #expect(lines.text.count == everyEvent("").count + 1)
        for line in lines.text {
            #expect(line.utf8.filter { $0 < 0x20 } == [0x0A], "\(line)")
            #expect(line.unicodeScalars.last == "\n")
            #expect(!line.unicodeScalars.contains { $0.value == 0x2028 || $0.value == 0x85 })
            // Outside of quotes only our own fields are left.
            #expect(!unquoted(line).contains("=FAKE"), "\(line)")
        }
    }

    @Test func `every event has a name that can be looked for, and no two have the same`() {
        let lines = Lines()
        for event in everyEvent("x") { event(lines.logger()) }
        let names = lines.text.map { $0.split(separator: " ")[1].trimmingSuffix(while: { $0 == "\n" }) }
        #expect(names.allSatisfy { LogLine.isName(String($0)) && $0.contains(".") })
        #expect(Set(names).count == names.count)
    }

    @Test func `lines of other packages get the same form`() {
        let lines = Lines()
        lines.logger().notice("Server started on [::1]", metadata: ["hb.port": "1"], source: "Hummingbird")
        #expect(lines.text == ["notice log source=Hummingbird message=\"Server started on [::1]\" hb.port=1\n"])
    }

    @Test func `a long value does not push the others out, a long line is cut with a mark`() {
        let lines = Lines()
        let long = String(repeating: "ä", count: 50_000)
        lines.logger().info("test.long", metadata: ["a": "\(long)", "b": "1"])
        #expect(lines.text[0].hasSuffix("… b=1\n"))
        var many: Logger.Metadata = [:]
        for number in 0..<100 { many["k\(number)"] = "\(long)" }
        lines.logger().info("test.many", metadata: many)
        #expect(lines.text[1].utf8.count <= LogLine.sizeLimit)
        #expect(lines.text[1].hasSuffix(" …\n"))
        #expect(!lines.text[1].unicodeScalars.contains("\u{FFFD}"))
    }

    @Test func `under systemd the level stands where it looks for it`() {
        let lines = Lines()
        lines.logger(lead: .systemd).warning("test.warned")
        lines.logger(lead: .time(program: "rearguardd")).warning("test.warned")
        #expect(lines.text[0] == "<4>warning test.warned\n")
        #expect(lines.text[1].hasSuffix("Z rearguardd warning test.warned\n"))
    }
}

/// The line without what stands in double quotes.
private func unquoted(_ line: String) -> String {
    var out = ""
    var isQuoted = false
    var isEscaped = false
    for scalar in line.unicodeScalars {
        if isQuoted {
            if !isEscaped, scalar == "\"" { isQuoted = false }
            isEscaped = !isEscaped && scalar == "\\"
        } else if scalar == "\"" {
            isQuoted = true
        } else {
            out.unicodeScalars.append(scalar)
        }
    }
    return out
}

/// Each event once, with the text in every place that takes any.
private func everyEvent(_ x: String) -> [(Logger) -> Void] {
    let id = QueueID(Array(x.utf8))
    let reference = MessageReference(bits: 1)
    return [
        { ServiceLog($0).started(configuration: x, listening: x) }, { ServiceLog($0).stopped() },
        { ServiceLog($0).trouble(part: x, cause: x) }, { ServiceLog($0).failed(cause: x) },
        {
            MilterLog($0).recorded(
                queueID: id, reference: reference, recipients: 1, links: 1, rewritten: 1, attachments: 1, size: 1,
                time: .zero)
        },
        { MilterLog($0).passed(queueID: .none, reference: reference, reason: x) },
        { MilterLog($0).withheld(queueID: .none, reference: reference, disposition: x, reason: x) },
        { MilterLog($0).passedUnrecorded(queueID: .none, cause: x) },
        { MilterLog($0).tempfailed(queueID: .none, cause: x) },
        { MilterLog($0).fault(queueID: QueueID.none, cause: x) },
        { JournalLog($0).recoveredTornTail(segment: x, offset: 1, bytes: 1, savedAs: x) },
        { JournalLog($0).damaged(journal: x, damage: x) }, { JournalLog($0).appendFailed(journal: x, cause: x) },
        { IngestLog($0).ingested(journal: x, records: 1, position: x) },
        { IngestLog($0).rejected(journal: x, records: 1) }, { IngestLog($0).damaged(journal: x, damage: x) },
        { IngestLog($0).removedSegments(journal: x, count: 1) },
        {
            ClickLog($0).answered(
                click: x, reference: reference, ordinal: 1, outcome: x, verdict: x, client: x)
        },
        { ClickLog($0).refused(client: x, reason: x) }, { ClickLog($0).failed(client: x, cause: x) },
        { ClickLog($0).unjudged(click: x, reference: reference, warned: true) },
        { IndexLog($0).written(entries: 1, time: .zero) }, { IndexLog($0).loaded(entries: 1) },
        { IndexLog($0).rejected(cause: x) }, { IndexLog($0).missing(path: x) },
        { IndicatorLog($0).lookedBack(indicators: 1, urls: 1, alerts: 1) },
    ]
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
