// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// A piece of work that is done again and again until shutdown; a failure is told, and the work is tried again.
///
/// Polling rather than signals: what there is to do stands in files and tables that other processes write, and a look
/// costs a `stat` or an indexed query.
struct Repeated: Service {
    /// After a failure: long enough not to fill the log, short enough that nobody waits for it.
    private static let pauseAfterFailure = Duration.seconds(1)

    private let pause: Duration
    private let tell: @Sendable (String?) -> Void
    private let work: @Sendable () async throws -> Void

    /// `failing` hears the trouble, and nil when the work goes well.
    init(
        every pause: Duration, failing tell: @escaping @Sendable (String?) -> Void,
        work: @escaping @Sendable () async throws -> Void
    ) {
        self.pause = pause
        self.tell = tell
        self.work = work
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await work()
                    tell(nil)
                    try? await Task.sleep(for: pause)
                } catch is CancellationError where Task.isCancelled {
                    return  // asked to; a driver's own CancellationError is a failure like any other
                } catch {
                    tell("\(error)")
                    try? await Task.sleep(for: Self.pauseAfterFailure)
                }
            }
        }
    }
}
