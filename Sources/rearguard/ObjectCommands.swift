// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Objects
import Settings
import Store
import Verdicts

/// The command `rearguard object`.
struct ObjectCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "object", abstract: "What attachments and archive members held: fingerprints, and retained bytes.",
        subcommands: [List.self, Show.self, Get.self, Erase.self, KeyList.self, Init.self, Rotate.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List distinct contents, the last that came first.")
        @Flag(help: "Only those whose bytes are kept.") var kept = false
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            let target = "/v1/objects?kept=\(kept)"
            try session.show(try session.list(target, list, of: ObjectRow.self)) { rows in
                var table = Table(["SHA-256", "SIZE", "TYPE", "FIRST", "LAST", "STATE"], cellLimit: 64)
                for row in rows {
                    table.add([
                        row.sha256, "\(row.size)", row.type, time(row.firstAt), time(row.lastAt), row.state.rawValue,
                    ])
                }
                return table.description
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One content: fingerprints, the messages that carried it, what is said about it.")
        @Argument(help: "Its SHA-256.") var sha256: String
        @OptionGroup var session: SessionOptions

        func run() throws {
            let view = try session.ask { try $0.get("/v1/objects/\(escaped(sha256))", as: ObjectView.self) }
            try session.show(view, as: text)
        }

        private func text(_ view: ObjectView) -> String {
            let object = view.object
            var table = Table(["FIELD", "VALUE"], cellLimit: .max)
            table.add(["sha256", object.sha256])
            table.add(["sha1", object.sha1])
            table.add(["md5", object.md5])
            table.add(["size", "\(object.size)"])
            table.add(["type", object.type])
            table.add(["tlsh", object.tlsh])
            table.add(["state", object.state.rawValue])
            for row in view.indicators {
                let state = row.removedAt == nil ? "" : " (taken back)"
                table.add([
                    row.indicator.verdict.rawValue + state, "\(row.indicator.source): \(row.indicator.reason ?? "")",
                ])
            }
            for place in view.places {
                let inside = place.parent.map { " in attachment \($0)" } ?? ""
                table.add(["message \(place.reference)", "\(place.name ?? "(no name)")\(inside)"])
            }
            return table.description
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The bytes, in a zip archive encrypted with the password 'infected'; noted in the audit trail.")
        @Argument(help: "The SHA-256.") var sha256: String
        @Option(name: .shortAndLong, help: "The file to write; default: <sha256>.zip here.") var output: String?
        @Option(help: "Why, for the audit trail.") var reason: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            let request = ObjectRequest(actor: actor, reason: reason)
            let bytes = try session.ask { try $0.bytes("/v1/objects/\(escaped(sha256))/archive", request) }
            let path = output ?? "\(sha256).zip"
            do {
                try Data(bytes).write(to: URL(filePath: path), options: .withoutOverwriting)
            } catch { throw failure("cannot write \(path): \(error.localizedDescription)", code: 1) }
            print("\(path): \(bytes.count) bytes, password '\(ProtectedArchive.password)'")
        }
    }

    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase the bytes that only one message, or only one recipient, has; fingerprints stay.",
            discussion: "What others received too stays: it is theirs as well.")
        @OptionGroup var erase: EraseOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            let answer = try session.ask { try $0.post("/v1/object-erasures", erase.request, as: EraseAnswer.self) }
            try session.show(answer) { "erased: the bytes of \($0.erased) objects" }
        }
    }

    struct KeyList: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keys", abstract: "How many objects are under each key.")
        @OptionGroup var session: SessionOptions

        func run() throws {
            let totals = try session.ask { try $0.get("/v1/object-totals", as: ObjectTotals.self) }
            try session.show(totals) { totals in
                var table = Table(["KEY", "OBJECTS"])
                for row in totals.keys { table.add(["\(row.key)", "\(row.objects)"]) }
                return "\(table)\n\(totals.objects) objects, \(totals.size) bytes on disk"
            }
        }
    }

    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make the key file (objects.key_file).")
        @Option(help: "The key file; default: objects.key_file of the configuration.") var keys: String?
        @Option(help: "The configuration file.") var config = Configuration.defaultPath

        func run() throws {
            let path = try ObjectCommands.keyPath(keys, config)
            try KeyFileWriter.create(path, ObjectKeys.newText())
            print("\(path): key 1 is made; milter and rearguardd must be able to read it")
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt new objects with a new key, and the old ones anew in the background.",
            discussion:
                "'rearguard object keys' shows when no object is under the old key any more; keep it until then.")
        @Option(help: "The key file; default: objects.key_file of the configuration.") var keys: String?
        @Option(help: "The configuration file.") var config = Configuration.defaultPath

        func run() throws {
            let path = try ObjectCommands.keyPath(keys, config)
            let new: [UInt8]
            do {
                let standing = try ObjectKeys(text: Array(try Data(contentsOf: URL(filePath: path))), name: path)
                guard let rotated = standing.rotated() else { throw ObjectError("\(path): all 255 numbers are taken") }
                new = rotated
            } catch { throw failure("\(error)", code: 1) }
            try KeyFileWriter.replace(path, by: new)
            print("\(path): another key is current; keep a copy of the file")
        }
    }

    private static func keyPath(_ keys: String?, _ config: String) throws -> String {
        do {
            if let path = try keys ?? Configuration.load(path: config).objects.keyFile { return path }
        } catch { throw failure("\(error)", code: 78) }
        throw failure("\(config): objects.key_file names no file", code: 78)
    }
}

private func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
}
