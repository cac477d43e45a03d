// SPDX-License-Identifier: Apache-2.0

package import Store

/// What a feed did, for log, status and people.
package enum FeedEvent: Hashable, Sendable {
    case ran(String, entries: Int, added: Int, removed: Int, bad: Int)
    case failed(String, cause: String)
    case held(String, because: String)
    case retired(String, removed: Int)
}

/// A feed as it is configured and how it is doing.
package struct FeedView: Codable, Hashable, Sendable {
    package let name: String
    /// Nil: it stands in the configuration no more.
    package let format: String?
    package let location: String?
    package let role: String?
    /// Seconds between runs.
    package let every: Double?
    package let status: FeedRow
}
