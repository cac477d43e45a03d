// SPDX-License-Identifier: Apache-2.0

// The deadline of an answer. libmilter takes a callback's return value for the answer, so the thread that may be late
// must not be the one that libmilter called: each connection has a worker thread for its messages, libmilter's thread
// waits for it, tells the MTA now and then that work goes on (smfi_progress), and when the deadline is over it answers
// "later" while the worker is left alone with its message.
//
// Road not taken: a pool of workers. Connections are few (an MTA's processes) and live for many messages, so a thread
// each costs nothing that was measured, and no message ever waits for another connection's.

import Dispatch
import Glibc
import Synchronization

/// Whether an answer is still waited for.
package final class Deadline: Sendable {
    private let over = Atomic<Bool>(false)

    package init() {}

    /// Once true, nobody hears the answer: the MTA was told to come again, and nothing of the message should be kept.
    package var isOver: Bool { over.load(ordering: .acquiring) }

    fileprivate func pass() {
        over.store(true, ordering: .releasing)
    }
}

/// A thread that does one job after the other.
final class Worker: Sendable {
    typealias Job = @Sendable () -> Void

    private let job = Mutex<Job?>(nil)
    private let ended = Atomic<Bool>(false)
    private let wake = DispatchSemaphore(value: 0)

    /// Nil when the system has no thread for us.
    init?() {
        var thread = pthread_t()
        let held = unsafe Unmanaged.passRetained(self)
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().work()
                }
                return nil
            }, held.toOpaque())
        guard result == 0 else {
            unsafe held.release()
            return nil
        }
        pthread_detach(thread)
    }

    /// The thread ends when its job has ended.
    func end() {
        ended.store(true, ordering: .releasing)
        wake.signal()
    }

    /// Gives the result of the job, or nil when the deadline is over before; `meanwhile` is called every so often.
    func run<Value: Sendable>(
        deadline: Deadline, after limit: Duration, every interval: Duration, meanwhile: () -> Void,
        _ body: @escaping @Sendable () -> Value
    ) -> Value? {
        let result = Result<Value>()
        job.withLock { $0 = { result.set(body()) } }
        wake.signal()
        let begin = ContinuousClock.now
        while true {
            let left = limit - (ContinuousClock.now - begin)
            guard left > .zero else { break }
            if result.done.wait(timeout: .now() + min(left, interval).dispatchTime) == .success { return result.value }
            meanwhile()
        }
        deadline.pass()
        return nil
    }

    private func work() {
        let stack = unsafe Self.takeSignalStack()
        defer { unsafe stack.deallocate() }
        while true {
            wake.wait()
            if ended.load(ordering: .acquiring) { return }
            job.withLock { $0.take() }?()
        }
    }

    /// A stack for a handler of traps, which could not run when the thread's own is what overflowed.
    private static func takeSignalStack() -> UnsafeMutableRawPointer {
        let size = 64 * 1_024
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        var stack = unsafe stack_t(ss_sp: memory, ss_flags: 0, ss_size: size)
        unsafe sigaltstack(&stack, nil)
        return unsafe memory
    }
}

/// Where a job leaves what came out of it.
private final class Result<Value: Sendable>: Sendable {
    let done = DispatchSemaphore(value: 0)
    private let stored = Mutex<Value?>(nil)

    var value: Value? { stored.withLock { $0 } }

    func set(_ value: Value) {
        stored.withLock { $0 = value }
        done.signal()
    }
}

extension Duration {
    fileprivate var dispatchTime: DispatchTimeInterval {
        .microseconds(Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000))
    }
}
