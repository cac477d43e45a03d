// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Store
import Synchronization

/// How the parts of rearguardd are doing: what each last stumbled over, until it works again.
package final class Health: Sendable {
    private let problems = Mutex<[String: String]>([:])

    package init() {}

    /// The part works, or (with a text) does not; answers whether that is news.
    @discardableResult
    package func report(_ part: String, problem: String?) -> Bool {
        problems.withLock { problems in
            let isNews = problems[part] != problem
            problems[part] = problem
            return isNews
        }
    }

    var view: [String: String] { problems.withLock(\.self) }
}

/// What `rearguard status` shows.
package struct StatusView: Codable, Hashable, Sendable {
    /// How far each journal was taken in.
    package struct Journal: Codable, Hashable, Sendable {
        package let name: String
        package let segment: Int
        package let position: Int
    }

    package let journals: [Journal]
    /// The newest record that could not be read.
    package let lastRejected: RejectedRecordSummary?
    package let alertsWaiting: Int
    package let actionsPendingApproval: Int
    package let actionsWaiting: Int
    /// Part and problem, as of now.
    package let problems: [String: String]

    /// Counts end here: a status is a glance, not a report.
    private static let countLimit = 1_000

    init(_ transaction: any SQLTransaction, health: [String: String]) throws {
        journals = try ["messages", "clicks"].map { name in
            let position = try Consumers.position(of: name, in: transaction)
            return Journal(name: name, segment: position.segment, position: position.offset)
        }
        let limit = Self.countLimit
        lastRejected = try RejectedRecords.newest(in: transaction)
        alertsWaiting = try AlertStore.waiting(limit: limit, in: transaction).count
        actionsPendingApproval = try ActionStore.list(state: .pendingApproval, limit: limit, in: transaction).count
        actionsWaiting = try ActionStore.list(state: .waiting, limit: limit, in: transaction).count
        problems = health
    }
}
