// SPDX-License-Identifier: Apache-2.0

import Bytes
package import Links
package import MIME
import URLSyntax

/// What a site wants done with the links of its mail.
package struct RewritePolicy: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Links are found, recorded and replaced.
        case rewrite
        /// Links are found and recorded only: the way to introduce Rearguard.
        case monitor
    }

    package var mode: Mode
    /// Whose links are recorded but not replaced.
    package var exemptions: ExemptDomains
    /// Whether links in text parts sent as attachments are replaced too: many mail clients show such parts in line.
    package var rewritesAttachedText = true
    /// Links of one message, over all its parts: stops one message from filling the store and from taking minutes to
    /// sign.
    package var linkLimit = 10_000
    package var mimeLimits = MIMELimits()
    package var linkLimits = LinkLimits()

    package init(mode: Mode = .rewrite, exemptions: ExemptDomains = ExemptDomains([])) {
        self.mode = mode
        self.exemptions = exemptions
    }
}

/// Domains that need no rewriting; each stands for itself and everything below it.
package struct ExemptDomains: Sendable {
    private let domains: Set<[UInt8]>

    /// Domains as an administrator writes them: any case, international names in Unicode; what is no host is left out.
    package init(_ domains: [String]) {
        self.domains = Set(domains.compactMap { try? WebURL.parse(Array("https://\($0)/".utf8)).hostBytes })
    }

    /// Whether the host is one of them or below one of them.
    func cover(_ host: [UInt8]) -> Bool {
        guard !domains.isEmpty else { return false }
        var rest = host.last == UInt8(ascii: ".") ? host.dropLast() : host[...]  // the same host, written absolute
        while !rest.isEmpty {
            if domains.contains(Array(rest)) { return true }
            guard let dot = rest.firstIndex(of: UInt8(ascii: ".")) else { return false }
            rest = rest[(dot + 1)...]
        }
        return false
    }
}
