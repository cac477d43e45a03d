// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Cryptography
import Foundation
import Investigations
import Web

extension InvestigationCommands {
    struct Graph: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What an investigation came upon, with verdicts and evidence, and how it hangs together.",
            discussion: """
                Messages, clusters of mail that is alike, mailboxes, users, URLs, files, hosts and senders; what each step \
                said about them; and who sent, carries, received or clicked what. With --json as nodes and edges.
                """)
        @Argument(help: "Its number.") var number: Int64
        @OptionGroup var session: SessionOptions

        func run() throws {
            let graph = try session.ask { try $0.graph(number) }
            try session.show(graph, as: \.text)
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an investigation to a file, for people or for programs.",
            discussion: """
                --html: timeline, evidence, recommendations and graph as one page that loads nothing and runs nothing. \
                --json: the same with every field. Both hold what mail held, so only their owner may read them.
                """)
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "The file for the page.") var html: String?
        @Option(name: .customLong("json"), help: "The file for the JSON.") var jsonFile: String?
        @OptionGroup var admin: AdminOptions

        /// Everything about one investigation, in one file.
        private struct Whole: Encodable {
            let investigation: InvestigationView
            let graph: InvestigationGraph
        }

        func validate() throws {
            guard html != nil || jsonFile != nil else { throw ValidationError("expected --html FILE or --json FILE") }
        }

        func run() throws {
            let whole = try admin.ask { client in
                Whole(
                    investigation: try client.get("/v1/investigations/\(number)", as: InvestigationView.self),
                    graph: try client.graph(number))
            }
            if let html {
                let digest = Data(SHA256.digest(Array(HTMLReport.style.utf8))).base64EncodedString()
                let page = HTMLReport(whole.investigation, whole.graph, styleDigest: digest)
                try write(Data(page.description.utf8), to: html)
            }
            if let jsonFile { try write(Data(try JSON.encode(whole)), to: jsonFile) }
        }

        private func write(_ data: Data, to path: String) throws {
            guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600])
            else { throw failure("cannot write \(path)", code: 73) }
            print(path)
        }
    }
}

extension AdminClient {
    fileprivate func graph(_ number: Int64) throws -> InvestigationGraph {
        try get("/v1/investigations/\(number)/graph", as: InvestigationGraph.self)
    }
}
