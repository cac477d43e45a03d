// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// A piece of work that is done again and again until shutdown; a failure is told, and the work is tried again.
///
/// Polling rather than signals: what there is to do stands in files and tables that other processes write, and a look
/// costs a `stat` or an indexed query.
struct Repeated: Service {
    private let pause: Duration
    private let pauseAfterFailure: ClosedRange<Duration>
    private let tell: @Sendable (String?) -> Void
    private let work: @Sendable () async throws -> Void

    /// `failing` hears the trouble, and nil when the work goes well.
    ///
    /// The pause after a failure doubles with each one in a row. A second is long enough not to fill the log, and short
    /// enough that nobody waits for it; a peer that is down is better asked more seldom.
    init(
        every pause: Duration, afterFailure: ClosedRange<Duration> = .seconds(1)...(.seconds(1)),
        failing tell: @escaping @Sendable (String?) -> Void,
        work: @escaping @Sendable () async throws -> Void
    ) {
        self.pause = pause
        pauseAfterFailure = afterFailure
        self.tell = tell
        self.work = work
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var failurePause = pauseAfterFailure.lowerBound
            while !Task.isCancelled {
                do {
                    try await work()
                    tell(nil)
                    failurePause = pauseAfterFailure.lowerBound
                    try? await Task.sleep(for: pause)
                } catch is CancellationError where Task.isCancelled {
                    return  // asked to; a driver's own CancellationError is a failure like any other
                } catch {
                    tell("\(error)")
                    try? await Task.sleep(for: failurePause)
                    failurePause = min(failurePause * 2, pauseAfterFailure.upperBound)
                }
            }
        }
    }
}
