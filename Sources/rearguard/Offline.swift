// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bytes
import Foundation
import LinkTokens
import Playbooks
import Settings

/// The command `rearguard keys`.
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The keys that links and stamps are signed with.", subcommands: [Init.self])

    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key file; an existing one is never touched.",
            discussion: "Its mode is 0640: give it to the group that rearguard-milter and rearguard-click share.")
        @Option(help: "The key file; default: keys.file of the configuration.") var keys: String?
        @Option(help: "The configuration file.") var config = Configuration.defaultPath

        func run() throws {
            let path: String
            do {
                path = try keys ?? Configuration.load(path: config).keys.file
            } catch { throw failure("\(error)", code: 78) }
            let text = KeyRing.newFileText(at: Int64(Date().timeIntervalSince1970 * 1_000))
            let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY, 0o640)
            guard descriptor >= 0 else {
                let reason = errno == EEXIST ? "it exists already" : unsafe String(cString: strerror(errno))
                throw failure("cannot make \(path): \(reason)", code: 1)
            }
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            do {
                try file.write(contentsOf: Data(text))
                try file.synchronize()
            } catch { throw failure("cannot write \(path): \(error)", code: 1) }
            print("\(path): one key made; keep a copy, the links in delivered mail depend on it")
        }
    }
}

/// The command `rearguard unwrap`.
struct Unwrap: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the original of each rewritten link.",
        discussion: """
            One link a line, from the file or standard input; one line out for each: the original URL, or an empty line \
            where the link does not verify. Needs the key file only. Exit code 1 when any line did not verify.
            """)
    @Argument(help: "A file with links; default: standard input.") var file: String?
    @Option(help: "The key file; default: keys.file of the configuration.") var keys: String?
    @Option(help: "The configuration file.") var config = Configuration.defaultPath

    func run() throws {
        let ring: KeyRing
        do {
            ring = try KeyRing.load(path: try keys ?? Configuration.load(path: config).keys.file)
        } catch { throw failure("\(error)", code: 78) }
        guard let input = file.map({ FileHandle(forReadingAtPath: $0) }) ?? .standardInput else {
            throw failure("cannot read \(file ?? "standard input")", code: 1)
        }
        var isGood = true
        var lines = Array(input.readDataToEndOfFile()).split(separator: .lineFeed, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            let link = line.last == .carriageReturn ? line.dropLast() : line
            let target = LinkMint.unwrap(Array(link), keys: ring)?.target
            isGood = isGood && target != nil
            FileHandle.standardOutput.write(Data(Self.line(target ?? [])))
        }
        if !isGood { throw ExitCode.failure }
    }

    /// The target as one line: a link that was broken over two lines is opened as if it were not (WHATWG URL, section
    /// 4.4), and must not look like two here.
    static func line(_ target: [UInt8]) -> [UInt8] {
        target.filter { $0 != .lineFeed && $0 != .carriageReturn } + [.lineFeed]
    }
}

/// The command `rearguard check-config`.
struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the configuration file and print what is in force.")
    @Option(help: "The configuration file.") var config = Configuration.defaultPath
    @Flag(help: "Only check: print nothing when it is good.") var quiet = false

    func run() throws {
        do {
            let settings = try Configuration.load(path: config)
            if !quiet { print(settings.effectiveText, terminator: "") }
        } catch { throw failure("\(error)", code: 78) }
    }
}

/// The command `rearguard playbook`.
struct PlaybookCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook", abstract: "For those who write playbooks.", subcommands: [Steps.self])

    struct Steps: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every step a playbook may name, with what it takes and gives.")

        func run() {
            print(StepCatalogue.text, terminator: "")
        }
    }
}
