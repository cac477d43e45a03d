// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bytes
import Foundation
import LinkTokens
import Links
import Playbooks
import Settings
import URLSyntax

/// The command `rearguard keys`.
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The keys that links and stamps are signed with.",
        subcommands: [Init.self, List.self, Rotate.self, Retire.self, Revoke.self])

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
            _ = fchmod(descriptor, 0o640)  // whatever the umask: the daemons read it by their group
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
            One link as argument, or one a line from the file or standard input; one line out for each: the original \
            URL (as a browser writes it where it holds line ends or other controls), or an empty line where the link \
            does not verify. Needs the key file only.

            Links of other vendors (Safe Links, URL Defense and some dozens more) are unwrapped too, without asking \
            anybody, as far as the link itself says where it leads; so is a link of ours inside one of theirs.

            Exit code 1 when any line was no link that says where it leads.
            """)
    @Argument(help: "A link, or a file with links; default: standard input.") var input: String?
    @Option(help: "The key file; default: keys.file of the configuration.") var keys: String?
    @Option(help: "The configuration file.") var config = Configuration.defaultPath

    func run() throws {
        let ring: KeyRing
        do {
            ring = try KeyRing.load(path: try keys ?? Configuration.load(path: config).keys.file)
        } catch { throw failure("\(error)", code: 78) }
        var isGood = true
        var lines = try bytes().split(separator: .lineFeed, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            let link = line.last == .carriageReturn ? line.dropLast() : line
            let target = original(of: Array(link), keys: ring)
            isGood = isGood && target != nil
            FileHandle.standardOutput.write(Data((target ?? []) + [.lineFeed]))
        }
        if !isGood { throw ExitCode.failure }
    }

    /// What a link of ours, or of another vendor, stands for.
    private func original(of link: [UInt8], keys: KeyRing) -> [UInt8]? {
        if let token = LinkMint.unwrap(link, keys: keys) { return token.targetLine }
        guard let inner = (try? WebURL.parse(link)).flatMap(VendorLinks.unwrap)?.target else { return nil }
        return LinkMint.unwrap(inner.serialized, keys: keys)?.targetLine ?? inner.serialized
    }

    private func bytes() throws -> [UInt8] {
        guard let input else { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        if ["http://", "https://"].contains(where: input.lowercased().hasPrefix) { return Array(input.utf8) }
        guard let file = FileHandle(forReadingAtPath: input) else { throw failure("cannot read \(input)", code: 1) }
        return Array(file.readDataToEndOfFile())
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
