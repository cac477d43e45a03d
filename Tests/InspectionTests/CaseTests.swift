// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Inspection
import LinkTokens
import MIME
import Mail
import Records
import Testing

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
            "mode", "exempt", "recipients", "result", "author", "subject", "message-id", "link", "attachment", "output",
            "decoded", "absent",
        ]
        return lines.map(\.key).filter { !known.contains($0) }
    }

    func policy() throws -> RewritePolicy {
        let mode = try values("mode").first.map { try #require(RewritePolicy.Mode(rawValue: $0)) }
        return RewritePolicy(mode: mode ?? .rewrite, exemptions: ExemptDomains(values("exempt")))
    }

    func delivered() throws -> Delivered {
        let recipients = values("recipients").first?.components(separatedBy: ", ") ?? ["victim@example.net"]
        return try Site.inspect(message, policy: policy(), recipients: recipients)
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
        try checkOutput(delivered, item)
    }

    @Test(arguments: try InspectionCase.all()) func `inspecting what was delivered changes nothing more`(
        _ item: InspectionCase
    ) throws {
        let first = try item.delivered()
        let second = try Site.inspect(first.bytes, policy: item.policy())
        #expect(!second.replacesBody)
        #expect(second.record.links.map(\.url) == first.record.links.map(\.url))
    }

    private func checkOutput(_ delivered: Delivered, _ item: InspectionCase) throws {
        let wrapped = (try? wrappedLinks(in: delivered.bytes)) ?? []
        #expect(wrapped.map(\.token.ordinal) == delivered.record.links.filter(\.rewritten).map(\.ordinal))
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
        #expect(delivered.replacesBody == (delivered.record.rewriting == .rewritten))
        #expect(delivered.disposition == .accept)
        #expect(output.hasPrefix("X-Rearguard-Id: \(delivered.record.stamp)\r\n"))
        #expect(output.components(separatedBy: "X-Rearguard-Id").count == 2)
    }

    private func line(_ link: LinkRecord) -> String {
        let part = link.part.isEmpty ? "-" : link.part
        let state = link.rewritten ? "rewritten" : "left, \(link.reason ?? "no reason")"
        return "\(link.ordinal) \(link.place.rawValue) in \(part) \(link.url) \(state)"
    }

    private func line(_ file: AttachmentRecord) -> String {
        let part = file.part.isEmpty ? "-" : file.part
        return "\(part) \(file.mediaType) \(file.name ?? "-") \(file.size) bytes \(file.sha256)"
    }
}
