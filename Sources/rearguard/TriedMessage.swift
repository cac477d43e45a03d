// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bytes
import Foundation
import Inspection
import LinkTokens
import Mail
import MessagePath
import Settings
import Verdicts

/// What the commands that try messages need of the site: from the configuration, or from options alone.
struct SiteOptions: ParsableArguments {
    enum Mode: String, ExpressibleByArgument, CaseIterable { case monitor, rewrite }

    @Option(help: "The configuration file; not needed with --click-url and --keys.") var config: String?
    @Option(name: .customLong("click-url"), help: "The begin of every rewritten link, instead of click.url.")
    var clickURL: String?
    @Option(help: "The key file, instead of keys.file.") var keys: String?
    @Option(help: "monitor or rewrite, instead of milter.mode.") var mode: Mode?
    @Option(help: "The verdict index; default: the one below state.directory, when a configuration file is read.")
    var verdicts: String?

    /// The settings in force.
    func settings() throws -> Configuration {
        var overrides: [Override] = []
        if let clickURL { overrides.append(Override("click.url", clickURL, option: "--click-url")) }
        if let keys { overrides.append(Override("keys.file", absolute(keys), option: "--keys")) }
        if let mode { overrides.append(Override("milter.mode", mode.rawValue, option: "--mode")) }
        do {
            if !readsFile {
                return try Configuration(text: [], file: "defaults", overrides: overrides)
            }
            return try Configuration.load(path: config ?? Configuration.defaultPath, overrides: overrides)
        } catch {
            let hint = config == nil && readsFile ? "; without a configuration file say --click-url and --keys" : ""
            throw failure("\(error)\(hint)", code: 78)
        }
    }

    /// Who handles messages as those settings say.
    func handler() throws -> MessageHandler {
        let settings = try settings()
        do {
            let ring = try KeyRing.load(path: settings.keys.file)
            guard let mint = LinkMint(clickURL: Array(settings.click.url.utf8), keys: ring) else {
                throw failure("no links can be made under '\(settings.click.url)'", code: 78)
            }
            let index = verdicts ?? (readsFile ? settings.verdictIndexPath : nil)
            return MessageHandler(
                settings: settings.milter, mint: mint, keys: ring, verdicts: index.map { VerdictIndexFile(path: $0) })
        } catch let error as KeyRingError { throw failure("\(error)", code: 78) }
    }

    private var readsFile: Bool { config != nil || clickURL == nil || keys == nil }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

/// What an SMTP client would have said before the message.
struct EnvelopeOptions: ParsableArguments {
    @Option(help: "The envelope sender; default: none, as in a bounce.") var sender: String?
    @Option(parsing: .singleValue, help: "A recipient; may be given several times.") var recipient: [String] = []
    @Option(help: "The address of the SMTP client.") var client: String?
    @Option(help: "The login name of the SMTP client.") var login: String?

    var envelope: Envelope {
        Envelope(
            sender: ReversePath(Array((sender ?? "").utf8)), recipients: recipient.map { ForwardPath(Array($0.utf8)) })
    }
}

/// A message from a file on its way through the milter's judgement.
struct TriedMessage {
    enum Result {
        case delivered([UInt8])
        /// With the word for it.
        case refused(String)
    }

    /// With CR LF where the file has nothing but CR, as old Macs wrote: no MTA would take it otherwise.
    private let bytes: [UInt8]
    private let hasBareCR: Bool
    private let envelope: EnvelopeOptions

    init(bytes: [UInt8], envelope: EnvelopeOptions) {
        hasBareCR = !bytes.contains(.lineFeed) && bytes.contains(.carriageReturn)
        self.bytes = hasBareCR ? bytes.flatMap { $0 == .carriageReturn ? [$0, .lineFeed] : [$0] } : bytes
        self.envelope = envelope
    }

    func inspected(by handler: MessageHandler) -> Inspected {
        let message = QueuedMessage(bytes)
            .received(envelope.envelope, client: envelope.client, login: envelope.login)
        let time = Int64(Date().timeIntervalSince1970 * 1_000)
        return handler.handle(message, reference: .random(), at: time)
    }

    /// What the recipient would get; stamps only count where somebody records the message.
    func result(of handler: MessageHandler, stamped: Bool) -> Result {
        let inspected = inspected(by: handler)
        guard inspected.disposition == .accept else { return .refused(inspected.disposition.word) }
        var message = QueuedMessage(bytes)
        for modification in inspected.modifications where stamped || !modification.isOfStamp {
            message.make(modification)
        }
        return .delivered(hasBareCR ? message.bytes.filter { $0 != .lineFeed } : message.bytes)
    }
}

extension Modification {
    fileprivate var isOfStamp: Bool {
        switch self {
        case .insertField(let field): field.name == .stamp
        case .changeField(let name, _, _): name == .stamp
        case .replaceBody: false
        }
    }
}

extension Disposition {
    /// As scripts read it; `quarantine` is what MTAs call a hold.
    var word: String {
        switch self {
        case .accept: "accept"
        case .tempfail: "tempfail"
        case .reject: "reject"
        case .discard: "discard"
        case .hold: "quarantine"
        }
    }
}
