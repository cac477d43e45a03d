// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// One list of domains that is asked by DNS, and what its answers mean.
///
/// Every list has answers that say "you may not ask" (a public resolver, too many questions); taken for a listing they
/// would block the whole web, so each family's are known here, and what nobody documented is no listing either.
package struct DNSList: Hashable, Sendable {
    package enum Family: String, Hashable, Sendable, CaseIterable {
        case dbl, zrd, surbl, uribl
    }

    /// What an answer says about the domain.
    enum Meaning: Hashable, Sendable {
        case notListed
        case listed(ClickPolicy.Grade, String)
        /// The list does not answer us; the reason for the log.
        case refused(String)
    }

    package let family: Family
    /// What is put behind the domain, such as `dbl.spamhaus.org`.
    package let zone: String

    package init(family: Family, zone: String) {
        self.family = family
        self.zone = zone
    }

    /// The list written as `family zone` or as a zone whose family can be told from its name; nil for another.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard let zone = words.last.map(String.init), words.count <= 2, !zone.isEmpty else { return nil }
        if words.count == 2 {
            guard let family = Family(rawValue: String(words[0])) else { return nil }
            self.init(family: family, zone: zone)
        } else {
            let labels = zone.split(separator: ".")
            guard let family = Family.allCases.first(where: { labels.contains(Substring($0.rawValue)) }) else {
                return nil
            }
            self.init(family: family, zone: zone)
        }
    }

    /// What of a URL the list knows: SURBL and URIBL have registrable domains alone, the others hosts as well.
    func name(of url: WebURL) -> [UInt8] {
        switch family {
        case .surbl, .uribl: url.registrableDomain ?? url.hostBytes
        case .dbl, .zrd: url.hostBytes
        }
    }

    /// What the addresses mean (peers.md, D3: the lists' own pages).
    func meaning(of addresses: [[UInt8]]) -> Meaning {
        var gravest = Meaning.notListed
        for address in addresses {
            switch meaning(of: address) {
            case .refused(let reason): return .refused(reason)
            case .listed(let grade, let text):
                if case .listed(let before, _) = gravest, before >= grade { continue }
                gravest = .listed(grade, text)
            case .notListed: continue
            }
        }
        return gravest
    }

    private func meaning(of address: [UInt8]) -> Meaning {
        guard address.count == 4, address[0] == 127 else { return .refused("an address outside of 127.0.0.0/8") }
        // Spamhaus, for all of its zones: .252 typing error, .254 public resolver, .255 too many questions.
        if address[1] == 255 { return .refused("127.\(address[1]).\(address[2]).\(address[3])") }
        switch family {
        case .dbl: return dbl(address)
        case .zrd: return zrd(address)
        case .surbl: return bits(address[3], Self.surbl, refusal: 1)
        case .uribl: return bits(address[3], Self.uribl, refusal: 1)
        }
    }

    private func dbl(_ address: [UInt8]) -> Meaning {
        guard address[1] == 0, address[2] == 1 else { return .notListed }
        return switch address[3] {
        case 2: .listed(.warn, "low reputation")
        case 4: .listed(.block, "phishing")
        case 5: .listed(.block, "malware")
        case 6: .listed(.block, "botnet")
        case 102: .listed(.warn, "abused")
        case 103: .listed(.warn, "abused redirector")
        case 104: .listed(.warn, "abused, phishing")
        case 105: .listed(.warn, "abused, malware")
        case 106: .listed(.warn, "abused, botnet")
        case 255: .refused("an IP address was asked for")
        default: .notListed
        }
    }

    private func zrd(_ address: [UInt8]) -> Meaning {
        guard address[1] == 0, address[2] == 2, (2...24).contains(address[3]) else { return .notListed }
        return .listed(.warn, "first seen \(address[3]) hours ago")
    }

    private func bits(
        _ byte: UInt8, _ meanings: [(UInt8, ClickPolicy.Grade, String)], refusal: UInt8
    ) -> Meaning {
        if byte & refusal != 0 { return .refused("127.0.0.\(byte)") }
        let found = meanings.filter { byte & $0.0 != 0 }
        guard let gravest = found.max(by: { $0.1 < $1.1 }) else { return .notListed }
        return .listed(gravest.1, gravest.2)
    }

    private static let surbl: [(UInt8, ClickPolicy.Grade, String)] = [
        (8, .block, "phishing"), (16, .block, "malware"), (128, .warn, "cracked"), (64, .warn, "abuse"),
        (4, .warn, "disposable mail"), (32, .follow, "click tracker"),
    ]
    private static let uribl: [(UInt8, ClickPolicy.Grade, String)] = [
        (2, .warn, "black"), (8, .warn, "red"), (4, .follow, "grey"),
    ]
}
