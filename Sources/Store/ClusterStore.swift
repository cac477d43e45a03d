// SPDX-License-Identifier: Apache-2.0

/// What the messages of a cluster have in common: one query, on one index.
package enum ClusterQuery: Hashable, Sendable {
    /// An envelope sender, in small letters.
    case sender(String)
    /// An SMTP client, within its network.
    case host(String, network: String)
    /// Where it came from: a /24 or a /48.
    case network(String)
    /// A subject's skeleton.
    case subject(String)
    case url(Int64, text: String)
    case file(String, name: String?)

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case sender, host, network, subject, url, file
    }

    package var kind: Kind {
        switch self {
        case .sender: .sender
        case .host: .host
        case .network: .network
        case .subject: .subject
        case .url: .url
        case .file: .file
        }
    }

    /// The query as people read it.
    package var words: String {
        switch self {
        case .sender(let sender): "sent by \(sender)"
        case .host(let client, _): "from the host \(client)"
        case .network(let network): "from the network \(network)"
        case .subject(let key): "with a subject like '\(key)'"
        case .url(_, let text): "with the link \(text.shown(limit: 200))"
        case .file(let sha256, let name): "with the file \(name?.shown(limit: 100) ?? "\(sha256.prefix(16))…")"
        }
    }
}

/// One message of a cluster.
package struct ClusterMember: Hashable, Sendable {
    package let reference: String
    package let at: Int64
    package let sender: String
    package let recipients: [String]

    package init(reference: String, at: Int64, sender: String, recipients: [String]) {
        self.reference = reference
        self.at = at
        self.sender = sender
        self.recipients = recipients
    }
}

/// Mail that is alike.
package enum ClusterStore {
    /// What the message has that others may have, too; of links and files the first ones.
    package static func queries(
        for message: MessageRow, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClusterQuery] {
        let keys = try transaction.query(
            "SELECT network, subject_key FROM messages WHERE reference = $1", [.text(message.reference)]
        ).first
        var queries: [ClusterQuery] = message.sender.isEmpty ? [] : [.sender(message.sender.lowercased())]
        if let network = try keys?.optionalText(0) {
            if let client = message.client { queries.append(.host(client, network: network)) }
            queries.append(.network(network))
        }
        if let key = try keys?.optionalText(1) { queries.append(.subject(key)) }
        for row in try transaction.query(
            """
            SELECT DISTINCT urls.id, urls.url FROM links JOIN urls ON urls.id = links.url WHERE reference = $1
            ORDER BY urls.id LIMIT $2
            """, [.text(message.reference), .integer(limit)])
        {
            queries.append(.url(try row.integer(0), text: try row.text(1)))
        }
        for row in try transaction.query(
            "SELECT sha256, MIN(name) FROM attachments WHERE reference = $1 GROUP BY sha256 ORDER BY sha256 LIMIT $2",
            [.text(message.reference), .integer(limit)])
        {
            queries.append(.file(try row.text(0), name: try row.optionalText(1)))
        }
        return queries
    }

    /// The references of the messages that the query finds, at most `limit`: the newest, and of those with a link or a file
    /// any, since one that all mail carries is not to be sorted by time.
    package static func references(
        _ query: ClusterQuery, since: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        switch query {
        case .sender(let sender):
            try references("LOWER(sender) = $3", .kept(sender), since, limit, in: transaction)
        case .network(let network): try references("network = $3", .text(network), since, limit, in: transaction)
        case .subject(let key): try references("subject_key = $3", .text(key), since, limit, in: transaction)
        case .host(let client, let network):
            try references(
                "network = $3 AND client = $4", .text(network), since, limit, more: [.kept(client)], in: transaction)
        case .url(let id, _): try MessageStore.references(carryingURL: id, limit: limit, in: transaction)
        case .file(let sha256, _): try MessageStore.references(carryingFile: sha256, limit: limit, in: transaction)
        }
    }

    private static func references(
        _ condition: String, _ value: SQLValue, _ since: Int64, _ limit: Int, more: [SQLValue] = [],
        in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT reference FROM messages WHERE \(condition) AND at >= $1 ORDER BY at DESC LIMIT $2",
            [.integer(since), .integer(limit), value] + more
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// Those of the messages that are not older, with who sent and who received them.
    package static func members(
        _ references: [String], since: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClusterMember] {
        let names = references.sorted().map { SQLValue.text($0) }
        var recipients: [String: Set<String>] = [:]
        for row in try transaction.query(
            "SELECT reference, LOWER(address) FROM recipients WHERE reference IN ($list)", in: names)
        {
            recipients[try row.text(0), default: []].insert(try row.text(1))
        }
        var members: [String: ClusterMember] = [:]
        for row in try transaction.query(
            "SELECT reference, at, LOWER(sender) FROM messages WHERE reference IN ($list)", in: names)
        {
            let (reference, at) = (try row.text(0), try row.integer(1))
            guard at >= since else { continue }
            members[reference] = ClusterMember(
                reference: reference, at: at, sender: try row.text(2),
                recipients: (recipients[reference] ?? []).sorted())
        }
        return members.values.sorted { ($0.at, $0.reference) < ($1.at, $1.reference) }
    }
}
