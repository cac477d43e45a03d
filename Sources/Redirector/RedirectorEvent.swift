// SPDX-License-Identifier: Apache-2.0

package import Records

/// What the redirector has to tell the log.
package enum RedirectorEvent: Sendable {
    /// A click was recorded and is being answered.
    case clicked(ClickRecord)
    /// The journal did not take the click; `isFollowed` says whether the redirect was given all the same.
    case notRecorded(ClickRecord, reason: String, isFollowed: Bool)
    /// Somebody asked for a link that is not ours, or no longer whole.
    case refused(client: String)
    /// There was no verdict index to judge this click by.
    case notJudged(ClickRecord)
    /// A link is opened more often than anybody could.
    case tooMany(client: String)
    /// A user reported something, or a link has a crowd.
    case reported(ClickAlertRecord)
    /// The journal did not take it.
    case alertNotRecorded(ClickAlertRecord, reason: String)
}
