// SPDX-License-Identifier: Apache-2.0

import Inspection
import Links
import MIME
import Mail
import Settings

extension Policies {
    /// The policies of the settings, with the exemptions that hold at that time (milliseconds since 1970, UTC).
    init(_ settings: MilterSettings, at time: Int64) {
        self.init(
            settings.policies.map { Policy($0, at: time) },
            otherwise: Policy("default", settings.answers, at: time))
    }
}

extension Policy {
    fileprivate init(_ settings: PolicySettings, at time: Int64) {
        self.init(settings.name, settings.answers, at: time)
        condition.senders = settings.senders
        condition.recipients = settings.recipients
        condition.directions = Set(settings.directions)
        condition.results = settings.authentication
    }

    fileprivate init(_ name: String, _ answers: PolicyAnswers, at time: Int64) {
        let domains = answers.exemptDomains.filter { $0.holds(at: time) }.map(\.domain)
        self.init(name, mode: answers.mode, exemptions: ExemptDomains(domains))
        parts = Set(answers.parts)
        textStyle = answers.textStyle
        rewritesImages = answers.images == .rewrite
        removesRemoteStyles = answers.remoteStyles == .remove
        rewritesMeetingLinks = answers.meetingLinks == .rewrite
        onMalicious = answers.onMalicious
        onAmbiguity = answers.onAmbiguity
        onLimit = answers.onLimit
        onFault = answers.onFault
        onSigned = answers.onSigned
        onUnscannable = answers.onUnscannable
    }
}

extension SiteMail {
    init(_ settings: MilterSettings) {
        self.init(
            domains: settings.ownDomains, networks: settings.ownNetworks, verifiers: settings.trustedVerifiers)
    }
}

extension InspectionLimits {
    init(_ settings: MilterLimits) {
        self.init()
        mime.nesting = settings.nesting
        mime.entities = settings.entities
        part.links = settings.links
        links = settings.links
    }
}
