// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import Telemetry
import Verdicts

/// Tells the log when another verdict index comes into force, or when one that should does not.
struct IndexWatch: Service {
    let file: VerdictIndexFile
    let path: String
    let log: IndexLog

    /// Often enough for an administrator who has just replaced the file; clicks look for themselves.
    private static let interval = Duration.seconds(1)

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await watch() }
    }

    private func watch() async throws {
        var seen = file.state()
        tell(seen)
        while true {
            try await Task.sleep(for: Self.interval)
            let state = file.state()
            guard state.index !== seen.index || state.problem != seen.problem else { continue }
            tell(state)
            seen = state
        }
    }

    private func tell(_ state: VerdictIndexFile.State) {
        if let problem = state.problem { log.rejected(cause: problem.description) }
        guard let index = state.index else { return log.missing(path: path) }
        if state.problem == nil { log.loaded(entries: index.count) }
    }
}
