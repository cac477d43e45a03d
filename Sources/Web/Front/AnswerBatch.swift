// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// The connections of one event loop that have answers to send: all of them go out when the loop has read everything that
/// was there to read.
///
/// An answer wakes whoever waits for it, and on a busy machine takes the processor from the next request. So the requests
/// first, then one act of keeping for all their records, then the answers.
///
/// Used on its event loop only.
final class AnswerBatch {
    private let eventLoop: any EventLoop
    private let keep: FrontServer.Keeper
    private var waiting: [FrontConnection] = []
    private var records: [[UInt8]] = []

    init(_ eventLoop: any EventLoop, keep: @escaping FrontServer.Keeper) {
        self.eventLoop = eventLoop
        self.keep = keep
    }

    /// The record is kept before any answer goes out; whoever brings it adds its connection, too.
    func add(_ record: [UInt8]) { records.append(record) }

    /// The connection's answers go out before the loop waits again.
    func add(_ connection: FrontConnection) {
        waiting.append(connection)
        guard waiting.count == 1 else { return }
        let batch = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { batch.value.send() }
    }

    private func send() {
        let (connections, problem) = (waiting, keepRecords())
        waiting.removeAll(keepingCapacity: true)
        for connection in connections { connection.send(problem) }
        // The answers are worth something once their readers run, who may be waiting for this processor: a front server on
        // the same host. Without this a hundredth of them waits nearly half as long again: 4.4 ms against 3.05
        // (integration/bench/click).
        _ = sched_yield()
    }

    /// Why they could not be kept; nil: they are.
    private func keepRecords() -> (any Error)? {
        guard !records.isEmpty else { return nil }
        defer { records.removeAll(keepingCapacity: true) }
        do {
            try keep(records)
            return nil
        } catch {
            return error
        }
    }
}

/// The batch of each event loop.
final class AnswerBatches: Sendable {
    private let keep: FrontServer.Keeper
    private let batches: [ObjectIdentifier: NIOLoopBoundBox<AnswerBatch>]

    init(_ group: any EventLoopGroup, keep: @escaping FrontServer.Keeper) {
        var batches: [ObjectIdentifier: NIOLoopBoundBox<AnswerBatch>] = [:]
        for loop in group.makeIterator() {
            batches[ObjectIdentifier(loop)] = .makeBoxSendingValue(
                AnswerBatch(loop, keep: keep), eventLoop: loop)
        }
        self.batches = batches
        self.keep = keep
    }

    subscript(_ loop: any EventLoop) -> AnswerBatch {
        batches[ObjectIdentifier(loop)]?.value ?? AnswerBatch(loop, keep: keep)
    }
}
