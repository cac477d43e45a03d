// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// Why the program ends before its time, as systemd and scripts see it (78 is EX_CONFIG of sysexits.h).
enum Failure: Int32 {
    case unavailable = 1
    case wrongConfiguration = 78

    /// Runs the body; what it throws is told in one line and ends the program with this status.
    func named<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw exit(error)
        }
    }

    /// Tells the error and gives the exit.
    func exit(_ error: any Error) -> ExitCode {
        try? FileHandle.standardError.write(contentsOf: Data("rearguard-click: \(error)\n".utf8))
        return ExitCode(rawValue)
    }
}
