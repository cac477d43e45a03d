// SPDX-License-Identifier: Apache-2.0

package import Logging

/// The runs of feeds.
package struct FeedLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func ran(feed: String, entries: Int, added: Int, removed: Int, bad: Int) {
        write(.info, "feed.ran", ["feed": feed, "entries": entries, "added": added, "removed": removed, "bad": bad])
    }

    /// What the feed said before stays in force.
    package func failed(feed: String, cause: String) {
        write(.warning, "feed.failed", ["feed": feed, "cause": cause])
    }

    /// Nothing of the run is in force before somebody decides.
    package func held(feed: String, because: String) {
        write(.warning, "feed.held", ["feed": feed, "because": because])
    }

    /// The feed left the configuration.
    package func retired(feed: String, removed: Int) {
        write(.notice, "feed.retired", ["feed": feed, "removed": removed])
    }
}
