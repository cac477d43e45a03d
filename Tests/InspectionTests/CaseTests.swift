// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Inspection
import LinkTokens
import MIME
import Mail
import MessagePath
import Records
import Settings
import Testing
import Verdicts

/// One case of the folder `cases`: `NN-what.eml` is the message, `NN-what.expect` says what must come of it (see
/// `cases/README.md`).
struct InspectionCase: CustomTestStringConvertible, Sendable {
    let name: String
    let message: [UInt8]
    private let lines: [(key: String, value: String)]

    var testDescription: String { name }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cases")

    static func all() throws -> [InspectionCase] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".eml") }.sorted()
            .map { try InspectionCase(name: String($0.dropLast(4))) }
    }

    private init(name: String) throws {
        self.name = name
        // Written with bare line feeds, as editors do; mail travels with CR LF.
        message = try Data(contentsOf: Self.folder.appending(path: "\(name).eml"))
            .flatMap { $0 == .lineFeed ? [.carriageReturn, .lineFeed] : [$0] }
        let text = try String(contentsOf: Self.folder.appending(path: "\(name).expect"), encoding: .utf8)
        lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
    }

    func values(_ key: String) -> [String] { lines.filter { $0.key == key }.map(\.value) }

    /// Keys that nobody knows: a slip of the pen must not pass.
    var unknownKeys: [String] {
        let known = [
            "sender", "recipients", "client", "login", "malicious", "vouched", "policy", "direction", "disposition",
            "verdict",
            "result", "author", "subject", "message-id", "link", "attachment", "output", "decoded", "absent",
        ]
        return lines.map(\.key).filter { !known.contains($0) }
    }

    /// The milter's settings as the case's configuration says, with the site's click URL.
    private func settings() throws -> MilterSettings {
        let file = Self.folder.appending(path: "\(name).yaml")
        let text = (try? Data(contentsOf: file)).map { [UInt8]($0) } ?? []
        let url = Override("click.url", Site.clickURL.text, option: "the test's site")
        return try Configuration(text: text, file: file.lastPathComponent, overrides: [url]).milter
    }

    /// An index of the URLs and digests that a feed calls malicious in this case, and those that an allow-list vouches for; nil
    /// when it has none.
    private func verdicts() throws -> VerdictIndexFile? {
        let values = values("malicious") + self.values("vouched")
        let bad = self.values("malicious").count
        guard !values.isEmpty else { return nil }
        let path = FileManager.default.temporaryDirectory.appending(path: "index-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let indicators = try values.enumerated().map { number, value in
            let kind = value.contains("/") ? Indicator.Kind.url : .file
            return Indicator(
                number: Int64(number + 1), kind: kind, pattern: try IndicatorPattern.pattern(of: kind, value: value),
                value: value, verdict: number < bad ? .malicious : .clean, source: "test", reason: nil, createdAt: 0,
                expiresAt: nil)
        }
        try VerdictIndex.write(indicators, to: path)
        return VerdictIndexFile(path: path, checkEvery: .seconds(3_600))
    }

    func received(_ bytes: [UInt8]) -> ReceivedMessage {
        let recipients = values("recipients").first?.components(separatedBy: ", ") ?? ["victim@example.net"]
        return Site.received(
            bytes, sender: values("sender").first ?? "desk@example.com", recipients: recipients,
            client: values("client").first ?? "192.0.2.7", login: values("login").first)
    }

    func delivered(_ bytes: [UInt8]? = nil) throws -> Delivered {
        let handler = try MessageHandler(
            settings: settings(), mint: Site.mint(), keys: Site.keys(), verdicts: verdicts())
        let message = received(bytes ?? message)
        return Delivered(message, handler.handle(message, reference: Site.reference, at: Site.time))
    }
}

@Suite struct CaseTests {
    @Test(arguments: try InspectionCase.all()) func `each case gives what its file says`(_ item: InspectionCase) throws
    {
        #expect(item.unknownKeys == [])
        let delivered = try item.delivered()
        let record = delivered.record
        #expect(record.links.map(line) == item.values("link"))
        #expect(record.attachments.map(line) == item.values("attachment"))
        #expect([record.rewriting.rawValue + (record.reason.map { ": \($0)" } ?? "")] == item.values("result"))
        for author in item.values("author") { #expect(record.author == author) }
        for subject in item.values("subject") { #expect(record.subject == subject) }
        for name in item.values("message-id") { #expect(record.messageID == name) }
        #expect(record.policy == item.values("policy").first ?? "default")
        #expect(record.direction == item.values("direction").first ?? "inbound")
        #expect(record.disposition == item.values("disposition").first)
        #expect(record.verdict == item.values("verdict").first)
        try checkOutput(delivered, item)
    }

    @Test(arguments: try InspectionCase.all()) func `inspecting what was delivered changes nothing more`(
        _ item: InspectionCase
    ) throws {
        let first = try item.delivered()
        guard first.disposition == .accept, first.record.direction != "outbound" else { return }
        let second = try item.delivered(first.bytes)
        #expect(!second.replacesBody)
        let kept = first.record.links.filter { $0.removed != true }.map(\.url)
        #expect(second.record.links.map(\.url) == kept)
    }

    private func checkOutput(_ delivered: Delivered, _ item: InspectionCase) throws {
        let wrapped = ((try? wrappedLinks(in: delivered.bytes)) ?? []).filter { $0.token.reference == Site.reference }
        #expect(
            delivered.modifications.isEmpty
                || wrapped.map(\.token.ordinal) == delivered.record.links.filter(\.rewritten).map(\.ordinal))
        func filledIn(_ text: String) -> String {
            wrapped.reduce(text) { $0.replacing("{\($1.token.ordinal)}", with: $1.url.text) }
        }
        let output = delivered.bytes.text
        for text in item.values("output") { #expect(output.contains(filledIn(text)), "\(text)") }
        for text in item.values("absent") { #expect(!output.contains(filledIn(text)), "\(text)") }
        let tree = try? EntityTree.parse(delivered.bytes)
        for line in item.values("decoded") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            let leaf = try #require(tree?.leaves.first { $0.part == (words[0] == "-" ? "" : words[0]) })
            let text = try #require(tree).decoded(leaf).bytes.text
            #expect(text.contains(filledIn(words[1])), "\(line)")
        }
        #expect(
            delivered.replacesBody == (delivered.record.rewriting == .rewritten && !delivered.modifications.isEmpty))
        #expect((delivered.disposition == .accept) == (delivered.record.disposition == nil))
        #expect(bareLineEnds(delivered.bytes) <= bareLineEnds(item.message))
        guard !delivered.modifications.isEmpty else { return }
        #expect(output.components(separatedBy: "X-Rearguard-Id: \(delivered.record.stamp)\r\n").count == 2)
        #expect(output.components(separatedBy: "X-Rearguard-Id").count == 2)
    }

    /// Line feeds without a carriage return before them, and the other way round.
    private func bareLineEnds(_ bytes: [UInt8]) -> Int {
        zip(bytes, bytes.dropFirst() + [0]).count { ($0 == .carriageReturn) != ($1 == .lineFeed) }
    }

    private func line(_ link: LinkRecord) -> String {
        let part = link.part.isEmpty ? "-" : link.part
        let kept = link.removed == true ? "removed" : "left"
        let state = link.rewritten ? "rewritten" : "\(kept), \(link.reason ?? "no reason")"
        let wrappers = link.chain.map { ", behind \($0.map(\.wrapper).joined(separator: ", "))" } ?? ""
        let indicator = link.indicator.map { " by \($0)" } ?? ""
        let verdict = link.verdict.map { ", \($0)\(indicator)" } ?? ""
        return "\(link.ordinal) \(link.place.rawValue) in \(part) \(link.url) \(state)\(wrappers)\(verdict)"
    }

    private func line(_ file: AttachmentRecord) -> String {
        let part = file.part.isEmpty ? "-" : file.part
        let verdict = file.verdict.map { ", \($0) by \(file.indicator ?? 0)" } ?? ""
        return "\(part) \(file.mediaType) \(file.name ?? "-") \(file.size) bytes \(file.sha256)\(verdict)"
    }
}
