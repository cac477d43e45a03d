// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Mail
import Testing

@testable import Milter

@Suite struct MemoryTests {
    private func open(_ budget: MemoryBudget, declaredSize: Int = 0) -> Transaction {
        var transaction = Transaction(budget: budget)
        transaction.mail(.null, declaredSize: declaredSize)
        transaction.endOfHeader()
        return transaction
    }

    @Test func `a message that all others leave no room for is put off, and takes nothing any more`() {
        let budget = MemoryBudget(limit: 1_000_000)
        var first = open(budget)
        first.body([UInt8](repeating: 1, count: 600_000))
        var second = open(budget)
        second.body([UInt8](repeating: 1, count: 600_000))
        #expect(throws: Transaction.Fault.noMemory(limit: 1_000_000)) {
            try second.endOfMessage(queueID: .none)
        }
        #expect(budget.used < 700_000)
        first.abort()
        #expect(budget.used == 0)
        second.mail(.null)
        second.endOfHeader()
        second.body([UInt8](repeating: 1, count: 100_000))
        #expect(throws: Never.self) { try second.endOfMessage(queueID: .none) }
        #expect(budget.used == 0)
    }

    @Test func `a size that is only declared takes nothing`() {
        let budget = MemoryBudget(limit: 1_000_000)
        let transactions = (0..<20).map { _ in open(budget, declaredSize: 100_000_000) }
        #expect(budget.used <= 20 * 64 * 1_024 && transactions.count == 20)
    }

    @Test func `what the work on a message takes counts too`() {
        let budget = MemoryBudget(limit: 1_000_000)
        var transaction = open(budget)
        transaction.body([UInt8](repeating: 1, count: 300_000))
        #expect(throws: Transaction.Fault.noMemory(limit: 1_000_000)) {
            try transaction.endOfMessage(queueID: .none)
        }
    }

    @Test(arguments: [0, 100, 3_000_000]) func `a message in pieces comes out whole`(declaredSize: Int) throws {
        var transaction = open(MemoryBudget(limit: .max), declaredSize: declaredSize)
        var sent: [UInt8] = [0x0D, 0x0A]
        for chunk in 0..<50 {
            let bytes = [UInt8](repeating: UInt8(chunk), count: 65_535)
            transaction.body(bytes)
            sent += bytes
        }
        #expect(try transaction.endOfMessage(queueID: .none).bytes == sent)
    }

    @Test func `an answer that comes too late is not waited for, and knows`() throws {
        let worker = try #require(Worker())
        let deadline = Deadline()
        let noticed = DispatchSemaphore(value: 0)
        var told = 0
        let answer = worker.run(
            deadline: deadline, after: .milliseconds(120), every: .milliseconds(50), meanwhile: { told += 1 }
        ) {
            noticed.wait()
            return 1
        }
        #expect(answer == nil && deadline.isOver && told >= 2)
        noticed.signal()
        worker.end()
    }

    @Test func `a worker does one job after the other`() throws {
        let worker = try #require(Worker())
        for number in 0..<100 {
            let answer = worker.run(deadline: Deadline(), after: .seconds(10), every: .seconds(1), meanwhile: {}) {
                number
            }
            #expect(answer == number)
        }
        worker.end()
    }

    @Test func `a reply is one line that libmilter takes`() {
        #expect(unsafe AnswerWriter.replyText("100% \r\n é") == Array("100%% ?? ??".utf8))
    }

    @Test func `a message that does not go on is not changed`() {
        let insertion = Modification.insertField(HeaderField(name: "A", value: []))
        #expect(MilterAnswer(.discard, modifications: [insertion]).modificationsInOrder.isEmpty)
        #expect(MilterAnswer(.hold(reason: "x"), modifications: [insertion]).modificationsInOrder == [insertion])
    }
}
