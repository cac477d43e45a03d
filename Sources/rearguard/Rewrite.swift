// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Mail

/// The command `rearguard rewrite`.
struct Rewrite: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do with a folder of messages what the milter would do.",
        discussion: """
            Every NAME.eml of the first folder goes exactly the way a message takes through rearguard-milter, and what \
            the MTA would deliver is written as NAME.eml to the second, which is made when it is not there. Where the \
            answer is another than to deliver, NAME.action holds it instead, in one word: reject, tempfail, quarantine \
            (the MTA would hold it in its queue) or discard.

            Nothing is recorded, so no stamp is put in (--stamp puts it in all the same): a message that needs no \
            change, and every message in mode monitor, comes out byte for byte as it went in.

            Without a configuration file:
              rearguard keys init --keys keys
              rearguard rewrite --click-url https://links.example.org --keys keys --mode rewrite in out

            Exit codes: 0 every message written, 1 a file cannot be read or written, 78 configuration or keys not usable.
            """)

    @Argument(help: "The folder with the messages.", completion: .directory) var input: String
    @Argument(help: "The folder for what becomes of them.", completion: .directory) var output: String
    @OptionGroup var site: SiteOptions
    @OptionGroup var envelope: EnvelopeOptions
    @Flag(help: "Put the stamp in, and take forged ones out, as the milter does.") var stamp = false

    func run() throws {
        let handler = try site.handler()
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: input).filter { $0.hasSuffix(".eml") }.sorted()
        } catch { throw failure("cannot read the folder \(input): \(error.localizedDescription)", code: 1) }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch { throw failure("cannot make the folder \(output): \(error.localizedDescription)", code: 1) }
        for name in names {
            let file = TriedMessage(bytes: try contents(of: "\(input)/\(name)"), envelope: envelope)
            let result = file.result(of: handler, stamped: stamp)
            try write(result, named: String(name.dropLast(4)))
        }
    }

    private func write(_ result: TriedMessage.Result, named name: String) throws {
        switch result {
        case .delivered(let bytes): try write(bytes, to: "\(output)/\(name).eml", not: "\(output)/\(name).action")
        case .refused(let word):
            try write(Array("\(word)\n".utf8), to: "\(output)/\(name).action", not: "\(output)/\(name).eml")
        }
    }

    /// `other`: what an earlier run may have left, and which no longer holds.
    private func write(_ bytes: [UInt8], to path: String, not other: String) throws {
        try? FileManager.default.removeItem(atPath: other)
        do {
            try Data(bytes).write(to: URL(filePath: path))
        } catch { throw failure("cannot write \(path): \(error.localizedDescription)", code: 1) }
    }
}

/// The bytes of a file, or the end of the command.
func contents(of path: String) throws -> [UInt8] {
    do {
        return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch { throw failure("cannot read \(path): \(error.localizedDescription)", code: 1) }
}
