// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Work that waits for disks and peers, on a thread of its own.
///
/// Not on a Dispatch queue: on Linux those share their few threads with Swift's tasks, and two slow peers would stop every
/// task of the process.
package enum Blocking {
    package static func run<Value: Sendable>(
        _ work: @Sendable @escaping () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }

    package static func run<Value: Sendable>(_ work: @Sendable @escaping () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}
