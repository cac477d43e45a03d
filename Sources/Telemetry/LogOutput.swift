// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Logging
import Synchronization

/// What stands before the level.
package enum LogLead: Sendable {
    /// systemd's level prefix, `<4>`; it adds time, host and program itself (sd-daemon(3)).
    case systemd
    /// The time in UTC and the program's name.
    case time(program: String)
    /// Nothing, for tests.
    case none

    /// For a daemon whose standard error goes to systemd's journal, or to a terminal or file.
    package static func standard(program: String) -> LogLead {
        ProcessInfo.processInfo.environment["JOURNAL_STREAM"] == nil ? .time(program: program) : .systemd
    }

    func text(_ level: Logger.Level) -> String {
        switch self {
        case .systemd: "<\(Self.priority(level))>"
        case .time(let program): "\(Date().formatted(Self.timeStyle)) \(program) "
        case .none: ""
        }
    }

    private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// syslog's numbers (RFC 5424, section 6.2.1).
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

/// Where the lines go.
package enum LogOutput {
    /// A logger of the program that writes to standard error; `level` is a word of the configuration (`log.level`).
    ///
    /// Hand it on, to the server packages as well; nothing is installed process-wide.
    package static func logger(program: String, level: String) -> Logger {
        let level = Logger.Level(rawValue: level) ?? .info
        let lead = LogLead.standard(program: program)
        return Logger(label: program) { _ in LineLog(level: level, lead: lead) { line in write(line) } }
    }

    /// One at a time, so that lines of many threads do not mix.
    private static let standardError = Mutex(FileHandle.standardError)

    private static func write(_ line: [UInt8]) {
        // There is nobody left to tell when standard error is gone.
        standardError.withLock { try? $0.write(contentsOf: line) }
    }
}
