// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import MIME
import Mail
import Records
import Verdicts

/// One message on its way through the inspection: finds, changes, reads again, decides.
struct MessageInspection {
    /// Ambiguities that a record tells.
    private static let ambiguityLimit = 8

    private let message: ReceivedMessage
    private var rules: LinkRules
    private let judge: ContentJudge
    private let limits: InspectionLimits
    private let taker: (any ContentTaker)?
    private var edit: MessageEdit
    /// What the MTA is told because of the message's form; nil: nothing speaks against delivery.
    private var formDisposition: Disposition?
    /// Whether the message was parsed, and so the record says what its header section does.
    private(set) var isRead = false

    init(
        _ message: ReceivedMessage, rules: LinkRules, judge: ContentJudge, limits: InspectionLimits,
        taker: (any ContentTaker)?
    ) {
        self.message = message
        self.rules = rules
        self.judge = judge
        self.limits = limits
        self.taker = taker
        edit = MessageEdit(message)
    }

    /// Looks into the message; what was found is in the record even when it cannot be changed.
    mutating func run(into record: inout MessageRecord) {
        do {
            try inspect(into: &record)
        } catch {
            edit = MessageEdit(message)
            record.pass(error.reason)
            guard rules.policy.mode == .rewrite else { return }
            formDisposition = rules.policy.answer(to: error).disposition
        }
    }

    /// The answer, completed in the record.
    func answer(_ record: inout MessageRecord, stamp: String) -> Inspected {
        let isMalicious = record.verdict == Verdict.malicious.rawValue && rules.policy.mode == .rewrite
        let disposition = (isMalicious ? rules.policy.onMalicious.disposition : nil) ?? formDisposition ?? .accept
        if disposition != .accept { record.disposition = disposition.recorded }
        var inserted = [HeaderField(name: .stamp, value: Array(stamp.utf8))]
        if isMalicious, rules.policy.onMalicious == .tag {
            inserted.append(HeaderField(name: .verdict, value: Array(Verdict.malicious.rawValue.utf8)))
        }
        // A message that is held may be released later, so it is changed like one that is delivered.
        let modifications = disposition.keepsMessage ? edit.modifications(inserting: inserted) : []
        return Inspected(record: record, modifications: modifications, disposition: disposition)
    }

    private mutating func inspect(into record: inout MessageRecord) throws(InspectionFault) {
        guard message.omitted == 0 else { throw .limit("message size") }
        let readings = try readings(of: message.bytes)
        record.describe(readings.first.root.header, in: message.bytes)
        isRead = true
        if !readings.others.isEmpty {
            record.ambiguities = readings.others.prefix(Self.ambiguityLimit).map { $0.ambiguity.recorded }
        }
        let parts = try inspect(readings, into: &record)
        try edit.apply(parts, to: readings.first)
        guard rules.policy.mode == .rewrite else { return }
        formDisposition = disposition(of: parts)
        guard !readings.isIncomplete else {
            formDisposition = rules.policy.onAmbiguity.disposition
            return record.note("ambiguous")
        }
        guard !readings.others.isEmpty, try showsLink(parts, over: readings.first) else { return }
        try settle(readings, into: &record)
    }

    /// The answer to what the parts are, the gravest first; nil when nothing speaks against delivery.
    private func disposition(of parts: PartInspection) -> Disposition? {
        let policy = rules.policy
        if !parts.obstacles.isEmpty { return policy.onAmbiguity.disposition }
        if !parts.limits.isEmpty, let answer = policy.onLimit.disposition { return answer }
        if let answer = parts.scanAnswer?.disposition { return answer }
        if parts.isUnscannable, let answer = policy.onUnscannable.disposition(holdingFor: "unscannable attachment") {
            return answer
        }
        return parts.hasSignedLinks ? policy.onSigned.disposition(holdingFor: "links in a signed part") : nil
    }

    /// All readings of the same bytes, the first one first.
    private func inspect(
        _ readings: MessageReadings, into record: inout MessageRecord
    ) throws(InspectionFault) -> PartInspection {
        var parts = PartInspection(rules: rules, judge: judge, limits: limits, taker: taker)
        defer { record.take(parts) }
        try parts.inspect(readings.first)
        for reading in readings.others where reading.isOverMessage {
            // What others take for content may be header section to the MTA, which changes that field by field.
            try parts.inspect(reading, from: readings.first.root.header.contentStart)
        }
        return parts
    }

    /// A message with a reading that shows a link nobody changed.
    private mutating func settle(_ readings: MessageReadings, into record: inout MessageRecord) throws(InspectionFault)
    {
        if let normalized = readings.normalized() {
            let again = try self.readings(of: normalized.bytes)
            let parts = try inspect(again, into: &record)
            if try !showsLink(parts, over: again.first) {
                try edit.apply(parts, to: again.first, normalizedBy: normalized.fields)
                record.rewriting = .rewritten
                record.note("normalised")
                return
            }
        }
        formDisposition = rules.policy.onAmbiguity.disposition
        record.note("ambiguous")
        guard rules.policy.onAmbiguity == .neutralise else { return }
        rules.neutralises = true
        let parts = try inspect(readings, into: &record)
        record.note("ambiguous")
        edit = MessageEdit(message)
        try edit.apply(parts, to: readings.first)
        if try !showsLink(parts, over: readings.first) { formDisposition = nil }
    }

    /// Whether some client would still show a link that is neither ours nor left on purpose, once these changes are
    /// made.
    private func showsLink(_ parts: PartInspection, over tree: EntityTree) throws(InspectionFault) -> Bool {
        let bytes = try changed(tree, by: parts)
        let readings = try readings(of: bytes)
        var check = PartInspection(rules: rules, judge: judge, limits: limits)
        for reading in readings.others {
            try check.inspect(reading, from: 0)
            if check.changesLinks { return true }
        }
        return false
    }

    private func changed(_ tree: EntityTree, by parts: PartInspection) throws(InspectionFault) -> [UInt8] {
        let patches = parts.patches + tree.patches(for: parts.fields)
        let ordered = patches.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        do {
            return try PatchedBytes(tree.bytes, in: 0..<tree.bytes.count, patches: ordered).joined
        } catch {
            throw .patch(error)
        }
    }

    private func readings(of bytes: [UInt8]) throws(InspectionFault) -> MessageReadings {
        do {
            return try EntityTree.readings(of: bytes, limits: limits.mime)
        } catch {
            throw .limit(error.name.rawValue)
        }
    }
}

extension Ambiguity {
    /// As recorded: reason and part.
    fileprivate var recorded: String { part.isEmpty ? reason : "\(reason) in \(part)" }
}

extension Disposition {
    /// As recorded.
    var recorded: String {
        switch self {
        case .accept: "accept"
        case .tempfail: "tempfail"
        case .reject: "reject"
        case .discard: "discard"
        case .hold: "hold"
        }
    }

    /// Whether somebody may read the message yet.
    fileprivate var keepsMessage: Bool {
        switch self {
        case .accept, .hold: true
        case .tempfail, .reject, .discard: false
        }
    }
}

extension HeaderFieldName {
    /// What the policy answer `tag` puts in.
    fileprivate static let verdict: HeaderFieldName = "X-Rearguard-Verdict"
}
