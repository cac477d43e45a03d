// SPDX-License-Identifier: Apache-2.0

import Bytes
import Verdicts

/// Feeds in JSON: URLhaus, PhishTank, STIX bundles and TAXII envelopes, MISP manifests, events and warninglists.
struct JSONReader: FeedReader {
    enum Style: Hashable {
        case urlhaus, phishtank, stix, mispEvent, mispManifest
        case warninglist(Indicator.Kind)

        fileprivate var wanted: Set<String> {
            switch self {
            case .urlhaus: ["url", "threat", "url_status"]
            case .phishtank: ["url", "phish_id", "verified", "target"]
            case .stix:
                [
                    "type", "pattern", "pattern_type", "valid_from", "valid_until", "revoked", "confidence", "name",
                    "indicator_types", "more", "next",
                ]
            case .mispEvent: ["type", "value", "to_ids", "deleted", "category", "comment"]
            case .mispManifest: ["timestamp"]
            case .warninglist: ["type", "name"]
            }
        }
    }

    private let style: Style
    private var objects: JSONObjects
    /// Objects so far: the "line" of a format without lines.
    private var count = 0

    init(_ style: Style) {
        self.style = style
        objects = JSONObjects(wanting: style.wanted)
    }

    mutating func read(_ bytes: Span<UInt8>, into findings: inout FeedFindings) throws(FeedFault) {
        let style = style
        var count = count
        try objects.read(
            bytes, object: { Self.take($0, style, &count, &findings) },
            element: { Self.take(element: $1, of: $0, style, &findings) })
        self.count = count
    }

    mutating func end(into findings: inout FeedFindings) throws(FeedFault) { try objects.end() }

    private static func take(
        _ object: JSONObjects.Object, _ style: Style, _ count: inout Int, _ findings: inout FeedFindings
    ) {
        count += 1
        let place = "object \(count)"
        if object.isCut { return findings.bad(place, "a member longer than \(JSONTokens.stringLimit) bytes") }
        switch style {
        case .urlhaus:
            guard let url = object.members["url"] else { return }  // tags, payloads, the envelope
            findings.entries.append(FeedEntry(kind: .url, value: url, reason: object.text("threat")))
        case .phishtank: phish(object, place, &findings)
        case .stix: stix(object, place, &findings)
        case .mispEvent: attribute(object, place, &findings)
        case .mispManifest: event(object, place, &findings)
        case .warninglist: break
        }
    }

    private static func phish(_ object: JSONObjects.Object, _ place: String, _ findings: inout FeedFindings) {
        guard object.members["phish_id"] != nil else { return }  // `details`
        guard let url = object.members["url"] else { return findings.bad(place, "has no url") }
        guard object.text("verified") ?? "yes" == "yes" else {
            findings.unused += 1
            return
        }
        let target = object.text("target").flatMap { $0 == "Other" ? nil : $0 }
        findings.entries.append(FeedEntry(kind: .url, value: url, reason: target))
    }

    private static func stix(_ object: JSONObjects.Object, _ place: String, _ findings: inout FeedFindings) {
        if object.depth == 0, object.members["more"] != nil || object.members["next"] != nil {
            if object.isTrue("more") { findings.leads.append(.more(next: object.text("next"))) }
            return
        }
        guard object.text("type") == "indicator" else { return }
        guard let pattern = object.members["pattern"], object.text("pattern_type") ?? "stix" == "stix" else {
            findings.unused += 1
            return
        }
        let values: [STIXPattern.Value]
        do {
            values = try STIXPattern.values(pattern)
        } catch { return findings.bad(place, error.description) }
        if values.isEmpty { findings.unused += 1 }
        let expiry = object.text("valid_until").flatMap(Timestamp.milliseconds)
        let start = object.text("valid_from").flatMap(Timestamp.milliseconds)
        // "Benign" (STIX 2.1, section 10.8) takes back what was said before; it does not vouch for anything.
        let isBenign = object.list("indicator_types").contains("benign")
        for value in values {
            findings.entries.append(
                FeedEntry(
                    kind: value.kind, value: value.text, reason: object.text("name"),
                    confidence: object.number("confidence"), expiresAt: expiry, validFrom: start,
                    isRevoked: object.isTrue("revoked") || isBenign))
        }
    }

    /// An attribute of an event, or of an object in it (MISP core format).
    private static func attribute(_ object: JSONObjects.Object, _ place: String, _ findings: inout FeedFindings) {
        guard let type = object.text("type"), let value = object.members["value"] else { return }
        guard let kind = Indicator.Kind(mispType: type), object.isTrue("to_ids") else {
            findings.unused += 1
            return
        }
        // `domain|ip` and `filename|sha256` hold two values.
        let parts = value.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
        let isPair = type.contains("|") && parts.count == 2
        let part = isPair ? Array(kind == .file ? parts[1] : parts[0]) : value
        findings.entries.append(
            FeedEntry(
                kind: kind, value: part, reason: object.text("comment").flatMap { $0.isEmpty ? nil : $0 },
                isRevoked: object.isTrue("deleted")))
    }

    private static func event(_ object: JSONObjects.Object, _ place: String, _ findings: inout FeedFindings) {
        guard object.depth == 1 else { return }
        // The name becomes part of a path: nothing but a UUID will do.
        let uuid = object.key
        guard uuid.count == 36, uuid.allSatisfy({ $0.isASCIIHexDigit || $0 == UInt8(ascii: "-") }) else {
            return findings.bad(place, "expected the UUID of an event as key")
        }
        findings.leads.append(.event(uuid: uuid.text, timestamp: Int64(object.number("timestamp") ?? 0)))
    }

    /// `{"type": "hostname", "list": ["example.org", ".example.com"]}`.
    private static func take(
        element text: [UInt8], of array: [UInt8], _ style: Style, _ findings: inout FeedFindings
    ) {
        guard case .warninglist(let kind) = style, array.text == "list" else { return }
        let name = text.first == UInt8(ascii: ".") ? Array(text.dropFirst()) : text
        if kind == .domain, name.contains(UInt8(ascii: "/")) {
            findings.unused += 1  // a network, or a URL, in a list of hosts
        } else {
            findings.entries.append(FeedEntry(kind: kind, value: name))
        }
    }
}

extension Indicator.Kind {
    /// The attribute types of MISP that are about links and attachments.
    init?(mispType: String) {
        switch mispType {
        case "url", "uri", "link": self = .url
        case "domain", "hostname", "domain|ip", "hostname|port": self = .domain
        case "sha256", "filename|sha256", "sha1", "filename|sha1", "md5", "filename|md5": self = .file
        default: return nil
        }
    }
}
