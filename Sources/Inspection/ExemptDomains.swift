// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

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
