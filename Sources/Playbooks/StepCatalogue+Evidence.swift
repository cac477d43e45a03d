// SPDX-License-Identifier: Apache-2.0

/// What is known of messages, their senders, and mail like them.
extension CatalogueStep {
    private static let aboutMessages = StepDescription.Field("messages", .messages, "The messages in question.")

    static let messageDetailsDescription = StepDescription(
        sentence: "Says where the messages came from and what the verifiers that the site trusts found.",
        inputs: [aboutMessages],
        outputs: [
            .init(
                "details", .details,
                "Each message: reference, direction, authentication, client, size, links, files, what was not looked into."
            ),
            .init("count", .number, "How many messages were looked at: the first 200."),
            .init("inbound", .number, "How many came from outside."),
            .init("from_inside", .number, "How many came from inside: a login, or an own network."),
            .init("dmarc_pass", .number, "How many passed DMARC: the author's domain vouches for them."),
            .init("dmarc_fail", .number, "How many failed DMARC: somebody else wrote them in that domain's name."),
            .init("unverified", .number, "How many of those from outside nobody verified (milter.trusted_verifiers)."),
        ])

    static let senderHistoryDescription = StepDescription(
        sentence:
            "Says how long their senders are known, to whom they wrote before, and whether they write more than they used to.",
        inputs: [
            aboutMessages,
            .init("days", .number, required: false, "How many days the last one is compared with; 10."),
        ],
        outputs: [
            .init(
                "senders", .senders,
                "Each sender: first contact, new recipients, messages in the last day, mean of the days before, look-alike."
            ),
            .init("count", .number, "How many senders."),
            .init("new_senders", .number, "How many of them wrote for the first time within the day of the message."),
            .init("first_contacts", .number, "How many recipients had nothing from the sender before."),
            .init("last_day", .number, "Messages of the last day, of the sender with the steepest rise."),
            .init("percent", .number, "That day in percent of the daily mean before it: 100 is as ever."),
            .init("look_alikes", .number, "How many have a domain that looks like an own or a protected one."),
            .init("look_alike", .text, "The first domain that is imitated; empty for none."),
            .init("malicious", .number, "How many messages of theirs carried something malicious within these days."),
        ])

    static let clustersDescription = StepDescription(
        sentence:
            "Finds mail like the messages: by sender, sending host, its network, subject skeleton, URL and file; without the site's own exercises and security mailboxes.",
        inputs: [
            aboutMessages,
            .init("days", .number, required: false, "How many days back; 10."),
            .init(
                "malicious_from", .number, required: false,
                "So many messages with something malicious make a cluster malicious; 3."),
            .init("share", .number, required: false, "If they are so many percent of it; 50."),
        ],
        outputs: [
            .init(
                "clusters", .clusters,
                "Each cluster: kind, query in words, messages, copies, recipients, malicious ones, verdict."),
            .init("count", .number, "How many clusters have other messages in them."),
            .init("malicious", .number, "How many clusters are malicious."),
            .init("largest", .number, "Messages in the largest one; the newest 1,000 are counted."),
            .init("query", .text, "The query of the gravest one, in words."),
            .init("messages", .messages, "All messages in malicious clusters."),
            .init("mailboxes", .number, "Their copies: one message to three recipients counts three."),
            .init("similar", .messages, "The other messages of all clusters that are not common: at most 1,000."),
            .init("others", .number, "How many these are."),
            .init("left_out", .number, "Messages left out as exercises, or as sent to security mailboxes only."),
        ])

    static let repliesDescription = StepDescription(
        sentence: "Lists who of us answered the messages or forwarded them, by the References of our own mail.",
        inputs: [aboutMessages],
        outputs: [
            .init("replies", .replies, "Each: time, who, to whom, which message, reply or forward."),
            .init("count", .number, "How many."),
            .init("replied", .number, "How many went to the sender or author: what did they tell?"),
            .init("forwarded", .number, "How many went to somebody else."),
            .init("people", .number, "How many people did it."),
        ])
}
