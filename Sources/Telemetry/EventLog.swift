// SPDX-License-Identifier: Apache-2.0

package import Logging

/// What the event types share: a logger, and one way to write.
package protocol EventLog: Sendable {
    /// Where the events go.
    var logger: Logger { get }
}

extension EventLog {
    /// One event; fields that are nil are left out.
    func write(
        _ level: Logger.Level, _ event: String,
        _ fields: @autoclosure () -> KeyValuePairs<String, (any CustomStringConvertible)?>
    ) {
        logger.log(level: level, Logger.Message(stringLiteral: event), metadata: Self.metadata(fields()))
    }

    private static func metadata(_ fields: KeyValuePairs<String, (any CustomStringConvertible)?>) -> Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        for (key, value) in fields {
            if let value { metadata[key] = .string(value.description) }
        }
        return metadata
    }
}

/// Start and end of a program.
package struct ServiceLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    /// The program does its work from now on; `listening` is where, when it listens.
    package func started(configuration: String, listening: String?) {
        write(.notice, "service.started", ["configuration": configuration, "listening": listening])
    }

    package func stopped() {
        write(.notice, "service.stopped", [:])
    }

    /// A part of the program does not get on, and tries again; told once until it changes.
    package func trouble(part: String, cause: String) {
        write(.error, "service.trouble", ["part": part, "cause": cause])
    }

    /// Another key file is in force.
    package func keysChanged(current: Int, count: Int) {
        write(.notice, "service.keys_changed", ["current": current, "keys": count])
    }

    /// The key file as it stands now cannot be used; the last good one stays in force.
    package func keysRefused(cause: String) {
        write(.error, "service.keys_refused", ["cause": cause])
    }

    /// The certificate as it stands now cannot be used; the last good one stays in force.
    package func certificateRefused(cause: String) {
        write(.error, "service.certificate_refused", ["cause": cause])
    }

    /// The program ends with an error.
    package func failed(cause: String) {
        write(.critical, "service.failed", ["cause": cause])
    }
}
