// SPDX-License-Identifier: Apache-2.0

import Feeds
import Settings
import Verdicts

extension FeedSource {
    /// The source that the configuration describes, its secret read.
    init(_ settings: FeedSettings) throws(ConfigurationError) {
        // The words are the same on both sides; a test holds them to that.
        self.init(
            name: settings.name, format: FeedFormat(rawValue: settings.format.rawValue) ?? .urls,
            location: settings.location)
        role = FeedRole(rawValue: settings.role.rawValue) ?? .block
        verdict = Verdict(rawValue: settings.verdict.rawValue) ?? .malicious
        (confidence, confidenceAtLeast) = (settings.confidence, settings.confidenceAtLeast)
        (every, expiresAfter, timeout) = (settings.every, settings.expires, settings.timeout)
        (sizeLimit, changeLimit, mailLimit) = (settings.size, settings.changeLimit, settings.mailLimit)
        kind = Indicator.Kind(rawValue: settings.kind.rawValue) ?? .url
        columns = FeedColumns(
            value: settings.valueColumn, kind: settings.kindColumn, reason: settings.reasonColumn)
        if let file = settings.credentialFile { credential = try SecretFile.read(file) }
    }
}
