// SPDX-License-Identifier: Apache-2.0

package import Mail

/// What the MTA is told at the end of a message, and what it shall change.
package struct MilterAnswer: Hashable, Sendable {
    package let disposition: Disposition
    package let modifications: [Modification]

    package init(_ disposition: Disposition, modifications: [Modification] = []) {
        self.disposition = disposition
        self.modifications = modifications
    }

    /// What is carried out of the modifications: all for a message that goes on, header fields first, else none.
    var modificationsInOrder: [Modification] {
        switch disposition {
        case .accept, .hold: modifications.filter { !$0.isBody } + modifications.filter(\.isBody)
        case .tempfail, .reject, .discard: []
        }
    }
}

extension Modification {
    fileprivate var isBody: Bool {
        guard case .replaceBody = self else { return false }
        return true
    }
}

/// What went wrong between the MTA and us; each is a line in the log.
package enum MilterFault: Sendable, CustomStringConvertible {
    /// The MTA does not offer what we need; it is refused and applies its own default action.
    case negotiation(missing: String)
    /// A transaction that cannot be judged; the MTA is told to come again later.
    case transaction(QueueID, Transaction.Fault)
    /// libmilter or the MTA refused a change; the MTA is told to come again later.
    case modification(QueueID, String)
    /// The answer took too long; the MTA is told to come again later.
    case late(QueueID, Duration)
    /// The system has no thread for the message; the MTA is told to come again later.
    case noThread(QueueID)

    package var description: String {
        switch self {
        case .negotiation(let missing): "the MTA does not offer \(missing)"
        case .transaction(let queueID, let fault): "\(queueID): \(fault)"
        case .modification(let queueID, let what): "\(queueID): the MTA did not take \(what)"
        case .late(let queueID, let limit): "\(queueID): no answer within \(limit)"
        case .noThread(let queueID): "\(queueID): the system has no thread for it"
        }
    }
}
