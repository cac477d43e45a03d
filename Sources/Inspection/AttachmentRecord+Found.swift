// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Bytes
import Fingerprints
import MIME
import Records
import Unpacking

extension AttachmentRecord {
    /// A member's record; `parent` is the number of what it lies in, `part` that of the attachment.
    init(_ found: AttachmentWalk.Found, part: String, parent: Int?) {
        let member = found.member
        let name = member.name.isEmpty ? nil : FileName(member.name)
        self.init(
            part: part, name: name.map { $0.given.text.kept },
            mediaType: (member.declaredType ?? FileTypes.unknown).kept, size: found.fingerprint.size,
            sha256: found.fingerprint.sha256Hex)
        self.parent = parent
        sha1 = found.fingerprint.sha1Hex
        md5 = found.fingerprint.md5Hex
        type = found.type?.kept
        if let name, name.safe != name.given.text { safeName = name.safe }
        mismatch = Self.contradictions(found, name)
    }

    /// In which way content, declared type and name contradict one another, and what is odd about the name.
    private static func contradictions(_ found: AttachmentWalk.Found, _ name: FileName?) -> [String]? {
        guard let type = found.type else { return nil }
        let mismatches = TypeMismatch.found(declaredType: found.member.declaredType, name: name, contentType: type)
        let said = mismatches.map {
            "\($0.claim.rawValue) says \($0.claimed.rawValue), content is \($0.actual.rawValue)"
        }
        let tricks = (name?.tricks ?? []).map { "file name: \($0.rawValue)" }.sorted()
        let all = said + tricks
        return all.isEmpty ? nil : all
    }

    /// Takes over what the search for links saw beside links, and what of it was not searched.
    mutating func take(_ scan: AttachmentScan) {
        let told = scan.evidence.prefix(RecordLimit.reasons).map { "\($0.kind.rawValue): \($0.value.text.kept)" }
        let limits = scan.exceededLimits.map { "not searched for links: \($0.rawValue)" }
        if !(told + limits).isEmpty { findings = (findings ?? []) + told + limits }
    }

    /// Takes over what unpacking it came to.
    mutating func take(_ report: UnpackingReport) {
        let kinds = report.findings.map(\.kind)
        if let bound = report.bounds.first {
            unscannable = bound.rawValue
        } else if let unsupported = kinds.first(where: \.isUnsupported) {
            unscannable = unsupported.description
        } else if kinds.contains(.encrypted) {
            unscannable = UnpackingFinding.Kind.encrypted.description
        }
        if kinds.contains(.encrypted) || kinds.contains(.password) { encrypted = true }
        var told: [String] = []
        for kind in kinds where kind != .encrypted {
            if case .bound = kind { continue }
            let text = "archive: \(kind)"
            if told.count < RecordLimit.reasons, !told.contains(text) { told.append(text) }
        }
        if !told.isEmpty { findings = (findings ?? []) + told }
    }
}
