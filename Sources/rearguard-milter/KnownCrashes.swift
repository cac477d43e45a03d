// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation

/// The messages that ended the process, kept in a text file an administrator can read and empty: fingerprint, how often
/// it was left without a mark (0: it trapped), second of the last time.
struct KnownCrashes: Sendable {
    private struct Crash {
        /// 0: it trapped, which counts at once.
        var times: Int
        var second: Int
    }

    /// Entries kept, the newest: stops a flood of such messages from filling memory.
    private static let countLimit = 1_000
    /// Seconds an entry is kept: longer than senders try (five days), and not for ever, because the fault will be mended.
    private static let age = 14 * 86_400
    /// How often a message may be there at the end by accident.
    private static let leftLimit = 3

    private let path: String
    private var crashes: [[UInt8]: Crash] = [:]

    init(path: String, now: Int = Int(Date().timeIntervalSince1970)) {
        self.path = path
        let text = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
        for line in text.prefix(Self.countLimit * 100).split(separator: UInt8.lineFeed) {
            let words = line.split(separator: UInt8.space).map { Array($0) }
            guard words.count == 3, let fingerprint = Hex.decode(words[0]), fingerprint.count == 32,
                let times = Int(words[1].text), let second = Int(words[2].text), second > now - Self.age
            else { continue }
            crashes[fingerprint] = Crash(times: times, second: second)
        }
    }

    var guiltyCount: Int { crashes.keys.count { isGuilty($0) } }

    func isGuilty(_ fingerprint: [UInt8]) -> Bool {
        guard let crash = crashes[fingerprint] else { return false }
        return crash.times == 0 || crash.times >= Self.leftLimit
    }

    mutating func add(_ fingerprint: [UInt8], trapped: Bool, now: Int = Int(Date().timeIntervalSince1970)) {
        let before = crashes[fingerprint]?.times
        crashes[fingerprint] = Crash(times: trapped || before == 0 ? 0 : (before ?? 0) + 1, second: now)
        guard crashes.count > Self.countLimit else { return }
        if let oldest = crashes.min(by: { $0.value.second < $1.value.second })?.key { crashes[oldest] = nil }
    }

    /// Written beside and renamed into place.
    ///
    /// A failure is not told: the list in memory holds, and with a full disk the
    /// journal has its say first.
    func save() {
        let lines = crashes.sorted { $0.value.second < $1.value.second }.map { fingerprint, crash in
            "\(Hex.encode(fingerprint).text) \(crash.times) \(crash.second)\n"
        }
        try? Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
