// SPDX-License-Identifier: Apache-2.0

import LinkTokens
import ServiceLifecycle
import Telemetry

/// Tells the log when another key file comes into force, or when one that should does not.
struct KeyWatch: Service {
    let file: KeyRingFile
    let log: ServiceLog

    /// Clicks look for themselves; without any, a bad file would wait for the first one to be found.
    private static let interval = Duration.seconds(1)

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await watch() }
    }

    private func watch() async throws {
        var seen = file.state()
        while true {
            try await Task.sleep(for: Self.interval)
            let state = file.state()
            if let problem = state.problem, problem != seen.problem { log.keysRefused(cause: problem.description) }
            if state.problem == nil, Self.states(state.keys) != Self.states(seen.keys) {
                log.keysChanged(current: Int(state.keys.current.id), count: state.keys.all.count)
            }
            seen = state
        }
    }

    private static func states(_ keys: KeyRing) -> [String] { keys.all.map { "\($0.id) \($0.state)" } }
}
