// SPDX-License-Identifier: Apache-2.0

/// A unit of investigation that a playbook may name: it reads the store and changes nothing.
///
/// The raw value is the name in playbooks and logs. What each takes and gives stands in `description` and nowhere else:
/// the reader checks playbooks by it, and `StepCatalogue.text` prints it for those who write them.
package enum CatalogueStep: String, Hashable, Sendable, CaseIterable {
    case subjectVerdict = "subject_verdict"
    case messageVerdicts = "message_verdicts"
    case alertMessages = "alert_messages"
    case messages
    case condemnedMessages = "condemned_messages"
    case leftBehind = "left_behind"
    case similarMessages = "similar_messages"
    case similarFiles = "similar_files"
    case userReports = "user_reports"
    case recipients
    case clicks
    case replies
    case messageDetails = "message_details"
    case senderHistory = "sender_history"
    case clusters
}

/// The type of an input or output.
package enum ValueKind: String, Hashable, Sendable {
    case number, text
    /// Milliseconds since 1970, UTC.
    case time
    /// Lists of what their name says, one object each.
    case messages, recipients, clicks, indicators, files, replies, details, senders, clusters

    /// Whether it is compared in conditions and stands in sentences.
    package var isScalar: Bool { self == .number || self == .text }
}

/// What one step takes and gives.
package struct StepDescription: Hashable, Sendable {
    /// One input or output.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let kind: ValueKind
        package let isRequired: Bool
        package let sentence: String

        init(_ name: String, _ kind: ValueKind, required: Bool = true, _ sentence: String) {
            self.name = name
            self.kind = kind
            isRequired = required
            self.sentence = sentence
        }
    }

    package let sentence: String
    package let inputs: [Field]
    package let outputs: [Field]
}

// MARK: - The catalogue

extension CatalogueStep {
    package var description: StepDescription {
        switch self {
        case .subjectVerdict: Self.subjectVerdictDescription
        case .messageVerdicts: Self.messageVerdictsDescription
        case .alertMessages: Self.found("Names the messages that the alerts of this investigation are about.")
        case .messages:
            Self.found(
                """
                Finds all messages of the subject: those that carry the file, a URL it covers or one of the similar files; the \
                message itself; those of the sender, or to the recipient.
                """)
        case .similarMessages:
            Self.found(
                "Finds the other messages that carry the subject.",
                inputs: [.init("messages", .messages, "The messages that are known already and left out.")])
        case .condemnedMessages:
            Self.found(
                "Finds those of the messages that carry something malicious.",
                inputs: [.init("messages", .messages, "The messages in question.")])
        case .leftBehind: Self.leftBehindDescription
        case .similarFiles: Self.similarFilesDescription
        case .userReports: Self.userReportsDescription
        case .recipients: Self.recipientsDescription
        case .clicks: Self.clicksDescription
        case .replies: Self.repliesDescription
        case .messageDetails: Self.messageDetailsDescription
        case .senderHistory: Self.senderHistoryDescription
        case .clusters: Self.clustersDescription
        }
    }

    private static let subjectVerdictDescription = StepDescription(
        sentence: "Says which live indicators condemn the subject, whose they are, and why.",
        inputs: [],
        outputs: [
            .init("verdict", .text, "The gravest verdict: unknown, clean, suspicious or malicious."),
            .init("source", .text, "Who says so; empty when nobody does."),
            .init("reason", .text, "The reason that came with it; empty when none did."),
            .init("value", .text, "The indicator as it was entered."),
            .init("since", .time, "When the indicator came."),
            .init("count", .number, "How many indicators there are."),
            .init("indicators", .indicators, "All of them, the gravest first."),
        ])

    private static let messageVerdictsDescription = StepDescription(
        sentence: "Says which live indicators condemn a link or a file of the messages, whose they are, and why.",
        inputs: [.init("messages", .messages, "The messages in question.")],
        outputs: subjectVerdictDescription.outputs + [
            .init("links", .number, "How many different links were looked at."),
            .init("files", .number, "How many different files were looked at."),
        ])

    private static func found(_ sentence: String, inputs: [StepDescription.Field] = []) -> StepDescription {
        StepDescription(
            sentence: sentence, inputs: inputs,
            outputs: [
                .init(
                    "messages", .messages,
                    "The messages: reference, time, queue ID, sender, author, subject, recipients."),
                .init("count", .number, "How many messages."),
                .init("mailboxes", .number, "How many copies: one message to three recipients counts three."),
            ])
    }

    private static let leftBehindDescription = StepDescription(
        sentence: "Finds what the failed actions that this investigation's alerts tell of left in the mailboxes.",
        inputs: [],
        outputs: found("").outputs + [
            .init("copies", .number, "How many copies were left: only those that failed count."),
            .init("because", .text, "What stood in the way of the first one."),
            .init("where", .text, "Mailboxes that have copies left."),
        ])

    private static let similarFilesDescription = StepDescription(
        sentence: "Lists the files that resemble the subject, which is malicious, by TLSH; that proves nothing.",
        inputs: [],
        outputs: [
            .init("files", .files, "Each file: SHA-256, distance, name, size, type; the nearest first."),
            .init("count", .number, "How many files."),
            .init("nearest", .number, "The smallest distance: up to 30 is near."),
            .init("names", .text, "Names of the nearest ones."),
            .init("original", .text, "A name of the malicious file, or its SHA-256."),
        ])

    private static let userReportsDescription = StepDescription(
        sentence: "Lists what users reported about the messages.",
        inputs: [.init("messages", .messages, "The messages in question.")],
        outputs: [
            .init("count", .number, "How many reports."),
            .init("people", .number, "How many people reported."),
            .init("phishing", .number, "How many of the reports say phishing."),
            .init("not_junk", .number, "How many say that it is no junk."),
        ])

    private static let recipientsDescription = StepDescription(
        sentence: "Lists who received the messages.",
        inputs: [.init("messages", .messages, "The messages in question.")],
        outputs: [
            .init("recipients", .recipients, "Each address with the number of messages it received."),
            .init("count", .number, "How many addresses."),
        ])

    private static let clicksDescription = StepDescription(
        sentence: "Lists who followed a link to the subject, when, and what became of it.",
        inputs: [
            .init(
                "messages", .messages, required: false,
                "Looks at all links of these messages, instead of those to the subject.")
        ],
        outputs: [
            .init("clicks", .clicks, "Each click: time, who, message, URL, outcome, client address."),
            .init("count", .number, "How many clicks."),
            .init("let_through", .number, "How many of them reached the target."),
            .init("proceeded", .number, "How many of them went on past a page that warned or asked."),
            .init("people", .number, "How many people clicked, as far as the links tell them apart."),
        ])
}

/// The catalogue for those who write playbooks.
package enum StepCatalogue {
    /// What is known before the first step, under the name `subject`.
    package static let subject = StepDescription(
        sentence: "What the investigation is about.", inputs: [],
        outputs: [
            .init("kind", .text, "url, file, similar, message, sender or recipient."),
            .init(
                "value", .text,
                "The canonical URL expression, the SHA-256 (of the malicious file), the message's reference, or the address."
            ),
        ])

    /// Every step with its inputs and outputs, as `rearguard playbook steps` prints it.
    package static var text: String {
        var lines = ["subject: \(subject.sentence)"]
        lines += subject.outputs.map { line("gives", $0) }
        for step in CatalogueStep.allCases {
            let description = step.description
            lines += ["", "\(step.rawValue): \(description.sentence)"]
            lines += description.inputs.map { line($0.isRequired ? "takes" : "may take", $0) }
            lines += description.outputs.map { line("gives", $0) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ verb: String, _ field: StepDescription.Field) -> String {
        "  \(verb) \(field.name) (\(field.kind.rawValue)): \(field.sentence)"
    }
}
