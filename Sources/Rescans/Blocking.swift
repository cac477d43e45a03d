// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Work that waits for disks and peers, on a thread that may wait: tasks share few threads, and none may be held up.
enum Blocking {
    private static let queue = DispatchQueue(label: "rescans", attributes: .concurrent)

    static func run<Value: Sendable>(_ work: @Sendable @escaping () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }

    static func run<Value: Sendable>(_ work: @Sendable @escaping () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }
}
