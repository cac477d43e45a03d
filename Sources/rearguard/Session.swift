// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Settings
import Web

/// Where rearguardd is, and the way to ask it.
struct AdminOptions: ParsableArguments {
    @Option(help: "The configuration file, for the admin socket.")
    var config = Configuration.defaultPath

    /// Asks rearguardd; ends the command with a sentence and an exit code when there is no answer.
    func ask<Value>(_ question: (AdminClient) throws -> Value) throws -> Value {
        do {
            return try question(AdminClient(socket: try Configuration.load(path: config).adminSocketPath))
        } catch let error as ConfigurationError {
            throw failure(error.description, code: 78)
        } catch let error as AdminClientError {
            if case .unreachable = error { throw failure(error.description, code: 69) }
            throw failure(error.description, code: 1)
        }
    }

}

/// Options of every command that asks rearguardd and prints what it hears.
struct SessionOptions: ParsableArguments {
    @OptionGroup var admin: AdminOptions

    @Flag(help: "Print JSON: for programs, every field.")
    var json = false

    var config: String { admin.config }

    func ask<Value>(_ question: (AdminClient) throws -> Value) throws -> Value { try admin.ask(question) }

    /// The newest items of a list, page by page; `target` may have a query.
    func list<Item: Codable & Sendable>(_ target: String, _ options: ListOptions, of _: Item.Type) throws -> [Item] {
        let joint = target.contains("?") ? "&" : "?"
        return try ask { client in
            var items: [Item] = []
            var next: String?
            repeat {
                let limit = min(options.limit - items.count, ListOptions.pageSize)
                let cursor = next.flatMap { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) }
                let page = try client.get(
                    "\(target)\(joint)limit=\(limit)" + (cursor.map { "&before=\($0)" } ?? ""), as: Page<Item>.self)
                items += page.items
                next = page.items.isEmpty ? nil : page.next
            } while next != nil && items.count < options.limit
            return items
        }
    }

    /// Prints the value as JSON, or as `text` says.
    func show<Value: Encodable>(_ value: Value, as text: (Value) -> String) throws {
        print(json ? String(decoding: try JSON.encode(value), as: UTF8.self) : text(value))
    }
}

/// Options of a list.
struct ListOptions: ParsableArguments {
    /// Items that rearguardd gives at once.
    static let pageSize = 1_000
    /// All of a list are held in memory until they are printed.
    private static let range = 1...1_000_000

    @Option(help: "How many at most, the newest first (1 to 1000000).")
    var limit = 50

    func validate() throws {
        guard Self.range.contains(limit) else {
            throw ValidationError("--limit: expected 1 to \(Self.range.upperBound), found \(limit)")
        }
    }
}

/// Who decides: the login name, for the audit trail; of the account, because $USER is missing in cron and in containers.
var actor: String {
    if let behindSudo = ProcessInfo.processInfo.environment["SUDO_USER"], !behindSudo.isEmpty { return behindSudo }
    let account = NSUserName()
    return account.isEmpty ? "uid \(getuid())" : account
}

/// Ends the command with a reason on standard error and an exit code.
///
/// A reason may quote what somebody else entered.
func failure(_ reason: String, code: Int32) -> ExitCode {
    FileHandle.standardError.write(Data("rearguard: \(TerminalText.escaped(reason, limit: 2_000))\n".utf8))
    return ExitCode(code)
}
