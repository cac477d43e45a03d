// SPDX-License-Identifier: Apache-2.0

// How fast a message becomes its rewritten message: MIME, transfer encodings, links, tokens, digests, record, patches.
//
//   bench-rewrite FOLDER SECONDS    the .eml files of the folder again and again, on one core, for about that long
//
// Prints one line, `<bytes read> <nanoseconds of processor time> <messages> <messages rewritten>`, for integration/bench/
// rewrite/run, which sets it against others. Files are read and the first round is made before the clock starts.

import Bytes
import Foundation
import Inspection
import LinkTokens
import Mail
import MessagePath
import Records
import Settings

@main enum RewriteBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let seconds = Double(arguments[2]) else {
            FileHandle.standardError.write(Data("usage: bench-rewrite FOLDER SECONDS\n".utf8))
            exit(64)
        }
        let messages = try messages(in: arguments[1])
        let handler = try handler()
        var work = Work()
        for message in messages { work.rewrite(message, by: handler) }
        work = Work()
        let start = processorTime()
        let end = start + Int64(seconds * 1_000_000_000)
        while processorTime() < end {
            for message in messages { work.rewrite(message, by: handler) }
        }
        print(work.bytes, processorTime() - start, work.messages, work.rewritten)
    }

    private static func messages(in folder: String) throws -> [ReceivedMessage] {
        let envelope = Envelope(
            sender: ReversePath("news@example.com".utf8), recipients: [ForwardPath("reader@example.test".utf8)])
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".eml") }.sorted()
            .map { name in
                let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
                return QueuedMessage(bytes).received(envelope)
            }
    }

    /// The milter's own path, with nothing set but what has no default.
    private static func handler() throws -> MessageHandler {
        let settings = try Configuration(text: Array("click:\n  url: https://links.example.org\n".utf8), file: "bench")
        let keys = try KeyRing(text: KeyRing.newFileText(at: 1_790_000_000_000), name: "bench")
        guard let mint = LinkMint(clickURL: Array(settings.click.url.utf8), keys: keys) else { exit(78) }
        return MessageHandler(settings: settings.milter, mint: mint, keys: keys)
    }

    /// Nanoseconds of processor time of this process.
    private static func processorTime() -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What was done so far.
private struct Work {
    var bytes = 0
    var messages = 0
    var rewritten = 0

    /// With the record as it goes to the journal and the body as it goes to the MTA.
    mutating func rewrite(_ message: ReceivedMessage, by handler: MessageHandler) {
        let inspected = handler.handle(message, reference: .random(), at: 1_790_000_000_000)
        bytes += message.bytes.count
        messages += inspected.record.json.isEmpty ? 0 : 1
        for case .replaceBody(let body) in inspected.modifications where !body.joined.isEmpty { rewritten += 1 }
    }
}
