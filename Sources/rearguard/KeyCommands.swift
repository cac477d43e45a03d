// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LinkTokens
import Settings

// `rearguard keys list|rotate|retire|revoke`. Milter and redirector see another key file within a second, so none of
// these needs a restart.

/// Which key file is meant.
struct KeyFileOptions: ParsableArguments {
    @Option(help: "The key file; default: keys.file of the configuration.") var keys: String?
    @Option(help: "The configuration file.") var config = Configuration.defaultPath

    fileprivate func file() throws -> KeyFileOnDisk {
        do {
            return try KeyFileOnDisk(path: try keys ?? Configuration.load(path: config).keys.file)
        } catch { throw failure("\(error)", code: 78) }
    }
}

extension Keys {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the keys: number, state, day; never a secret.")
        @OptionGroup var options: KeyFileOptions
        @Flag(help: "Print JSON.") var json = false

        private struct Row: Encodable {
            let id: Int
            let state: String
            let created: String?
        }

        func run() throws {
            let rows = try options.file().text.keys.all.map {
                Row(id: Int($0.id), state: $0.state.rawValue, created: $0.created)
            }
            guard !json else {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                return print(String(decoding: try encoder.encode(rows), as: UTF8.self))
            }
            var table = Table(["key", "state", "made on"])
            for row in rows { table.add(["\(row.id)", row.state, row.created]) }
            print(table)
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a new key sign from now on; the old one goes on verifying.",
            discussion: """
                On one host this is all: a key is made, given to the daemons, and signs some seconds later. On several \
                hosts run it with --prepare, copy the key file to every host, then run it on each without: the prepared \
                key signs, and no host meets a link whose key it does not know.
                """)
        @OptionGroup var options: KeyFileOptions
        @Flag(help: "Only make the key; it verifies at once and signs nothing yet.") var prepare = false

        func run() throws {
            var file = try options.file()
            let isPrepared = file.text.keys.all.contains { $0.state == .next }
            guard let id = try file.text.prepareNext(at: now()) else {
                throw failure("\(file.path): all 255 key numbers are taken", code: 1)
            }
            if !isPrepared { try file.write() }
            guard !prepare else {
                return print("\(file.path): key \(id) is prepared; it signs after 'rearguard keys rotate'")
            }
            // The redirector has to know the key before the milter signs with it; both look every 200 ms.
            if !isPrepared { Thread.sleep(forTimeInterval: 2) }
            let before = file.text.keys.current.id
            _ = try file.text.promoteNext()
            try file.write()
            print("\(file.path): key \(id) signs now, key \(before) goes on verifying; keep a copy of the file")
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key verify only: a prepared one that shall not sign.")
        @Argument(help: "The key's number.") var id: UInt8
        @OptionGroup var options: KeyFileOptions

        func run() throws {
            var file = try options.file()
            try file.expectOther(than: id)
            guard try file.text.mark(id, as: .retired) else { throw failure("there is no key \(id)", code: 1) }
            try file.write()
            print("\(file.path): key \(id) is retired")
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw a key that got into wrong hands.",
            discussion: """
                Its links meet the warning page from now on, at every click, for most of them are in honest mail; its \
                stamps and tokens count no more. When it is the current one, a new key takes its place at once.
                """)
        @Argument(help: "The key's number.") var id: UInt8
        @OptionGroup var options: KeyFileOptions

        func run() throws {
            var file = try options.file()
            if file.text.keys.current.id == id {
                guard try file.text.prepareNext(at: now()) != nil, try file.text.promoteNext(leaving: .revoked) != nil
                else { throw failure("\(file.path): all 255 key numbers are taken", code: 1) }
            } else if try !file.text.mark(id, as: .revoked) {
                throw failure("there is no key \(id)", code: 1)
            }
            try file.write()
            print("\(file.path): key \(id) is revoked, key \(file.text.keys.current.id) signs")
        }
    }
}

private func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

/// The key file, changed by renaming a new one into its place.
private struct KeyFileOnDisk {
    let path: String
    var text: KeyFileText

    init(path: String) throws {
        self.path = path
        text = try KeyFileText(Array(try Data(contentsOf: URL(filePath: path))), name: path)
    }

    func expectOther(than id: UInt8) throws {
        guard text.keys.current.id != id else {
            throw failure("key \(id) is the current one; 'rearguard keys rotate' lets another one sign", code: 1)
        }
    }

    func write() throws { try KeyFileWriter.replace(path, by: text.bytes) }
}
