// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The connections of one event loop that have answers to send: all of them go out when the loop has read everything that
/// was there to read.
///
/// An answer wakes whoever waits for it, and on a busy machine takes the processor from the next request. So the requests
/// first, then the answers.
///
/// Used on its event loop only.
final class AnswerBatch {
    private let eventLoop: any EventLoop
    private var waiting: [FrontConnection] = []

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// The connection's answers go out before the loop waits again.
    func add(_ connection: FrontConnection) {
        waiting.append(connection)
        guard waiting.count == 1 else { return }
        let batch = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { batch.value.send() }
    }

    private func send() {
        let connections = waiting
        waiting.removeAll(keepingCapacity: true)
        for connection in connections { connection.send() }
    }
}

/// The batch of each event loop.
final class AnswerBatches: Sendable {
    private let batches: [ObjectIdentifier: NIOLoopBoundBox<AnswerBatch>]

    init(_ group: any EventLoopGroup) {
        var batches: [ObjectIdentifier: NIOLoopBoundBox<AnswerBatch>] = [:]
        for loop in group.makeIterator() {
            batches[ObjectIdentifier(loop)] = .makeBoxSendingValue(AnswerBatch(loop), eventLoop: loop)
        }
        self.batches = batches
    }

    subscript(_ loop: any EventLoop) -> AnswerBatch {
        batches[ObjectIdentifier(loop)]?.value ?? AnswerBatch(loop)
    }
}
