// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import rearguardd

@Suite(.timeLimit(.minutes(1))) struct `Repeated work` {
    @Test func `goes on after every failure, also after a cancellation that nobody asked for`() async throws {
        let told = Mutex<[String?]>([])
        let (turns, turn) = AsyncStream.makeStream(of: Int.self)
        let count = Mutex(0)
        let work = Repeated(every: .milliseconds(1), failing: { problem in told.withLock { $0.append(problem) } }) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            turn.yield(number)
            if number == 1 { throw CancellationError() }
        }
        let task = Task {
            try await work.run()
            turn.finish()
        }
        #expect(await turns.first { $0 == 3 } == 3)
        task.cancel()
        try await task.value
        #expect(told.withLock(\.self).prefix(2) == ["CancellationError()", nil])
    }
}
