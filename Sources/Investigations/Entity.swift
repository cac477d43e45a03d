// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Verdicts

/// A thing that an investigation comes upon.
package struct Entity: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// By its reference.
        case message
        /// Messages that have something in common, by the query in words.
        case cluster
        /// An address that mail was delivered to.
        case mailbox
        /// Somebody who clicked, reported, answered or forwarded, by their address.
        case user
        /// A URL as a browser opens it, or a canonical expression.
        case url
        /// By its SHA-256.
        case file
        /// The SMTP client that gave us mail, by its address.
        case ip
        /// An envelope sender, in small letters.
        case sender
    }

    package let kind: Kind
    package let value: String

    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }

    /// The subject of an investigation as an entity; the files that resemble one are told by that one.
    init(_ subject: Subject) {
        switch subject.kind {
        case .url: self.init(.url, subject.value)
        case .file, .similar: self.init(.file, subject.value)
        case .message: self.init(.message, subject.value)
        case .sender: self.init(.sender, subject.value)
        case .recipient: self.init(.mailbox, subject.value)
        }
    }

    /// Code points of a value that logs and graphs have: senders choose how long a URL is.
    private static let sizeLimit = 1_000

    /// The same, no longer than logs and graphs have it.
    var cut: Entity {
        guard value.utf8.count > Self.sizeLimit else { return self }
        return Entity(kind, String(String.UnicodeScalarView(value.unicodeScalars.prefix(Self.sizeLimit))))
    }

    /// `url http://evil.example/`: its name in a graph.
    package var name: String { "\(kind.rawValue) \(value)" }
}

/// What one step says about one entity: a verdict, and the sentence it comes from.
struct Contribution: Hashable, Sendable {
    let entity: Entity
    /// `unknown`: the sentence is worth knowing and accuses nobody.
    let verdict: Verdict
    let because: String

    /// Code points of a sentence.
    private static let sentenceLimit = 500

    init(_ entity: Entity, _ verdict: Verdict, _ because: String) {
        self.entity = entity.cut
        self.verdict = verdict
        self.because = String(String.UnicodeScalarView(because.unicodeScalars.prefix(Self.sentenceLimit)))
    }

    // MARK: In a step's output

    static let key = "contributions"

    /// The gravest first, and no more than a step may log.
    static func json(_ contributions: [Contribution]) -> JSONValue {
        let sorted = contributions.enumerated()
            .sorted { ($1.element.verdict, $0.offset) < ($0.element.verdict, $1.offset) }
            .prefix(InvestigationLimits.contributions)
        return .list(
            sorted.map { item in
                .object([
                    "kind": .text(item.element.entity.kind.rawValue), "value": .text(item.element.entity.value),
                    "verdict": .text(item.element.verdict.rawValue), "because": .text(item.element.because),
                ])
            })
    }

    /// Those of a step's output.
    static func all(in output: JSONValue) -> [Contribution] {
        (output[key]?.elements ?? []).compactMap { item in
            guard let kind = item["kind"]?.string.flatMap(Entity.Kind.init(rawValue:)),
                let value = item["value"]?.string,
                let verdict = item["verdict"]?.string.flatMap(Verdict.init(rawValue:)),
                let because = item["because"]?.string
            else { return nil }
            return Contribution(Entity(kind, value), verdict, because)
        }
    }
}
