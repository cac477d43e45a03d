// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Mail
import Records
import Synchronization
import URLSyntax
import Verdicts
import Web

// What goes into the click journal: clicks, what users report, and crowds.

extension Redirector {
    /// Bytes of a User-Agent field that are kept: real ones are shorter.
    private static let userAgentLimit = 256

    func record(_ outcome: ClickRecord.Outcome, _ click: Click) -> ClickRecord {
        let (target, request) = (click.target, click.request)
        var record = ClickRecord(
            id: Self.newID(), at: click.time, reference: target.token.reference, ordinal: target.token.ordinal,
            recipient: target.token.recipient, url: target.url.serialized.text, outcome: outcome,
            verdict: click.findings.verdict.rawValue, indicators: click.findings.indicators, method: request.method,
            client: client(request, click.keys),
            userAgent: request.field("User-Agent").map { Array($0.utf8.prefix(Self.userAgentLimit)).text })
        record.issued = Int(target.token.day)
        record.clicker = click.clicker?.kind.rawValue
        record.clickerReason = click.clicker?.reason
        let fields = Clicker.fields(of: request)
        if !fields.isEmpty { record.fields = fields }
        if !click.reasons.isEmpty { record.reasons = click.reasons.map(\.code) }
        if let isInside = click.isInside { record.audience = isInside ? "inside" : "outside" }
        guard !target.wrapping.names.isEmpty else { return record }
        record.wrappers = target.wrapping.names
        record.innerURL = target.wrapping.urls.last?.serialized.text
        return record
    }

    /// The client as records and logs may have it.
    func client(_ request: WebRequest, _ keys: KeyRing) -> String {
        switch policy.addressPrivacy {
        case .whole: return request.peer
        case .truncated: return NetworkAddress(request.peer)?.truncated.description ?? request.peer
        case .keyed:
            guard let address = NetworkAddress(request.peer) else { return request.peer }
            return AddressName.text(address.bytes, keys: keys)
        }
    }

    /// A number that comes once in a run of the program, and by chance never again.
    ///
    /// A count that begins anywhere, mixed (SplitMix64, which maps no two numbers to one). Randomness from the system
    /// would cost a call for each click.
    static func newID() -> String {
        var bits = idStart &+ idCount.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return Hex.encode(bits ^ bits >> 31).text
    }

    private static let idStart = UInt64.random(in: .min ... .max)
    private static let idCount = Atomic<UInt64>(0)

    // MARK: - Reports

    /// The report that a form of ours sends.
    func report(in click: Click) -> ClickAlertRecord.Kind? {
        guard click.isFromOwnPage(at: origin) else { return nil }
        let form = click.request.form
        guard let what = form["report"], let proof = form["proof"],
            ProceedToken.verifies(
                Array(proof.utf8), for: .report, link: click.target.tokenText, at: click.time,
                within: policy.proceedLifetime, by: click.keys)
        else { return nil }
        return switch what {
        case "safe": .reportedSafe
        case "phishing": .reportedPhishing
        default: nil
        }
    }

    /// Records the report, then thanks for it.
    func keep(_ kind: ClickAlertRecord.Kind, of click: Click) -> WebReply {
        let record = alert(kind, click)
        return .later {
            do {
                try await journal.record(record.json)
                onEvent(.reported(record))
                return pages.reported(click.language)
            } catch {
                onEvent(.alertNotRecorded(record, reason: "\(error)"))
                return pages.unavailable(click.language)
            }
        }
    }

    /// Far more addresses than one recipient has.
    func tellCrowd(_ click: Click, _ addresses: Int) {
        let record = alert(.overAudience, click, addresses)
        onEvent(.reported(record))
        let journal = journal
        guard !journal.isImmediate else {
            do { try journal.recordAtOnce(record.json) } catch {
                onEvent(.alertNotRecorded(record, reason: "\(error)"))
            }
            return
        }
        let onEvent = onEvent
        Task {
            do { try await journal.record(record.json) } catch {
                onEvent(.alertNotRecorded(record, reason: "\(error)"))
            }
        }
    }

    private func alert(_ kind: ClickAlertRecord.Kind, _ click: Click, _ addresses: Int? = nil) -> ClickAlertRecord {
        ClickAlertRecord(
            id: Self.newID(), at: click.time, kind: kind, reference: click.target.token.reference,
            ordinal: click.target.token.ordinal, recipient: click.target.token.recipient,
            url: click.target.url.serialized.text, client: client(click.request, click.keys), addresses: addresses)
    }
}
