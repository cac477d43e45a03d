// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import Mail
import Testing
import Yams

@testable import Sealing

/// The scenarios of Valimail's arc_test_suite, where they lie.
struct ARCScenario {
    let name: String
    let message: [UInt8]
    /// What a verifier says of the chain: `none`, `pass`, `fail`; nil where the chain says of itself that it has failed.
    let verdict: String?

    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/corpus/mail/arc-suite/arc-draft-validation-tests.yml.xz").standardizedFileURL

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: file.path)
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/xz")
    }

    static func all() throws -> [ARCScenario] {
        let xz = Process()
        let output = Pipe()
        xz.executableURL = URL(filePath: "/usr/bin/xz")
        xz.arguments = ["-dc", file.path]
        xz.standardOutput = output
        try xz.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        xz.waitUntilExit()
        var scenarios: [ARCScenario] = []
        for document in try Yams.load_all(yaml: withoutRepeatedNames(text)) {
            let tests = (document as? [String: Any])?["tests"] as? [String: [String: Any]] ?? [:]
            for (name, test) in tests.sorted(by: { $0.key < $1.key }) {
                let message = try #require(test["message"] as? String)
                let verdict = (test["cv"] as? String ?? "").trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
                scenarios.append(
                    ARCScenario(
                        name: name, message: message.utf8.flatMap { $0 == .lineFeed ? [.carriageReturn, $0] : [$0] },
                        verdict: verdict.isEmpty ? nil : verdict))
            }
        }
        return scenarios
    }

    /// Four scenarios have the names of others, which YAML forbids: the later ones get names of their own.
    private static func withoutRepeatedNames(_ text: String) -> String {
        var names: Set<Substring> = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            guard line.hasPrefix("  "), !line.hasPrefix("   "), line.hasSuffix(":") else { return line }
            return names.insert(line).inserted ? line : "\(line.dropLast())_again:"
        }
        return lines.joined(separator: "\n")
    }

    /// The message behind a verifier that says this.
    func received(saying verdict: String) -> ReceivedMessage {
        let bytes = Array("Authentication-Results: mx.example.net; arc=\(verdict)\r\n".utf8) + message
        let empty = ("\r\n\r\n" as StaticString).bytes
        let end = bytes.firstRange(of: empty)?.upperBound ?? bytes.count
        return ReceivedMessage(envelope: Envelope(), queueID: .none, bytes: bytes, bodyStart: end)
    }
}

/// Signatures are the verifier's work; what of a chain a sealer must see for itself is tested here, and with what dkimpy
/// says of our seals in integration/t-14-arc-and-dkim.
@Suite(.enabled(if: ARCScenario.isPresent, "the scenarios of ../shared/corpus/mail/arc-suite or xz are not here"))
struct ARCSuiteTests {
    /// Chains that only signatures, keys and the other tags tell to be broken.
    private static func exceptions() throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "arc-suite-exceptions.txt")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }

    private func sealer() throws -> ARCSealer {
        let key = try #require(SigningKey(pem: SealingTests.pem))
        return ARCSealer(domain: "example.net", selector: "s1", authservID: "mx.example.net", key: key)
    }

    /// What our seal says of the chain before it, `i=<instance> cv=<status>`, or why there is none.
    private func outcome(_ message: ReceivedMessage) throws -> String {
        switch try sealer().seal(message, after: [], at: 1) {
        case .unsealed(let reason): return reason
        case .sealed(let fields):
            let tags = try #require(fields.last).value.split(separator: UInt8(ascii: ";")).prefix(2)
            return tags.map { $0.filter { $0 != .space }.text }.joined(separator: " ")
        }
    }

    @Test func `a chain goes on as the verifier before us says`() throws {
        let scenarios = try ARCScenario.all()
        #expect(scenarios.count > 150)
        for scenario in scenarios {
            let found = try outcome(scenario.received(saying: scenario.verdict ?? "fail"))
            switch scenario.verdict {
            case "none": #expect(found == "i=1 cv=none", "\(scenario.name)")
            case "pass": #expect(found.hasSuffix(" cv=pass") && !found.hasPrefix("i=1 "), "\(scenario.name): \(found)")
            default: #expect(!found.hasSuffix("cv=pass") && !found.hasSuffix("cv=none"), "\(scenario.name): \(found)")
            }
        }
    }

    @Test func `a chain whose form is broken never goes on, whatever a verifier says`() throws {
        let exceptions = try Self.exceptions()
        var excused = 0
        for scenario in try ARCScenario.all() where scenario.verdict == "fail" || scenario.verdict == nil {
            let goesOn = try outcome(scenario.received(saying: "pass")).hasSuffix(" cv=pass")
            #expect(goesOn == exceptions.contains(scenario.name), "\(scenario.name)")
            if goesOn { excused += 1 }
        }
        #expect(excused == exceptions.count)
    }
}
