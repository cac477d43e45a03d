// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Store

/// Whether what a run read is put in force, or held until somebody decides.
extension FeedRunner {
    /// With fewer standing entries a change of many percent is a few entries: so many new ones are none yet.
    private static let sizeWorthWeighing = 50
    /// Fewer entries that are gone are no change worth asking for, however few there were.
    private static let lossWorthWeighing = 10

    /// SHA-256 over what no entry of any feed may be held against: own domains, and the guard lists' contents.
    func shields() async throws -> String {
        var text = ownDomains.sorted().joined(separator: " ")
        for shield in sources where shield.role == .shield {
            let row = try await row(of: shield.name)
            text += "\n\(shield.name) \(row.shields ?? "")"
        }
        return Hex.encode(SHA256.digest(Array(text.utf8))).text
    }

    /// Names that no feed may hold anything against leave what was read.
    func dropShielded(_ source: FeedSource, _ at: Int64) async throws {
        guard source.role == .block else { return }
        let shields = sources.filter { $0.role == .shield }.map(\.name)
        let name = source.name
        for shield in shields {
            let dropped = try await database.write { try FeedItems.drop(from: name, listedBy: shield, in: $0) }
            guard dropped > 0 else { continue }
            try await update(name) { row in
                row.badLines += Int64(dropped)
                row.examples += "\n\(dropped) entries that '\(shield)' shields"
            }
        }
    }

    /// Takes back what stands against names that are shielded now, and against our own: nobody is asked, for whoever listed
    /// them as to be shielded has decided.
    func withdrawShielded(_ source: FeedSource, _ at: Int64) async throws {
        let (name, ownDomains) = (source.name, ownDomains)
        for shield in sources.filter({ $0.role == .shield }).map(\.name) {
            while try await database.write({
                try FeedItems.withdraw(name, listedBy: shield, limit: Self.rowsAtOnce, at: at, in: $0)
            }) == Self.rowsAtOnce {}
        }
        var after: Int64 = 0
        while !ownDomains.isEmpty {
            let last = after
            let page = try await database.read {
                try FeedItems.standing(name, after: last, limit: Self.rowsAtOnce, at: at, in: $0)
            }
            let ours = page.filter { FeedIntake.objection(to: $0.pattern, $0.kind, ownDomains: ownDomains) != nil }
            if !ours.isEmpty {
                _ = try await database.write { try FeedItems.take(ours.map(\.number), at: at, in: $0) }
            }
            guard page.count == Self.rowsAtOnce, let next = page.last?.number else { break }
            after = next
        }
    }

    /// What a feed of changes said of this time is listed with what was read, unless it is ours by now.
    func listDue(_ source: FeedSource, _ at: Int64) async throws {
        let (name, ownDomains) = (source.name, ownDomains)
        try await database.write { transaction in
            let ours = try FeedItems.due(name, at: at, limit: Self.rowsAtOnce * 10, in: transaction).filter {
                FeedIntake.objection(to: $0.pattern, $0.kind, ownDomains: ownDomains) != nil
            }
            try FeedItems.refuse(ours.map(\.pattern), of: name, at: at, in: transaction)
            try FeedItems.listDue(name, at: at, in: transaction)
        }
    }

    /// Says once that a feed comes into force while a guard list was never read.
    func tellUnguarded(_ source: FeedSource, _ at: Int64) async throws {
        for shield in sources where shield.role == .shield {
            let guardRow = try await row(of: shield.name)
            guard guardRow.succeededAt == nil else { continue }
            let cause = guardRow.problem.map { ": \($0)" } ?? ""
            _ = try await database.write { transaction in
                try AlertStore.tell(
                    kind: "feed_unguarded", subject: "feed \(source.name)",
                    title:
                        "Feed '\(source.name)' is in force without guard list '\(shield.name)', which was never read\(cause)",
                    severity: .medium, cause: "feed \(source.name) without \(shield.name)", at: at, in: transaction)
            }
        }
    }

    func adoptShield(_ source: FeedSource, _ at: Int64) async throws {
        let name = source.name
        // In one step with the state: adopted a second time, after a crash, the list would be empty.
        let count = try await database.write { transaction in
            if var row = try FeedStore.row(name, in: transaction) {
                (row.state, row.heldBecause) = (.active, nil)
                try FeedStore.save(row, in: transaction)
            }
            return try FeedItems.replace(name, by: "\(name)+", in: transaction)
        }
        try await finish(source, entries: count, added: count, removed: 0, at: at)
    }

    /// Why the run is not put in force before somebody decides; nil: it may be.
    func objection(to source: FeedSource, _ at: Int64) async throws -> String? {
        let name = source.name
        let isWhole = !source.format.isIncremental
        let change = try await database.read {
            try FeedItems.difference(of: name, isWhole: isWhole, at: at, in: $0)
        }
        if let reason = objection(to: change, source) { return reason }
        return source.role == .block ? try await coveredMail(source, at) : nil
    }

    /// The same of a guard list: without it feeds could hold something against what it names, and one that names everything
    /// would end all feeds.
    func objection(toShield source: FeedSource) async throws -> String? {
        let (name, read) = (source.name, read(source))
        return objection(
            to: try await database.read { try FeedItems.difference(between: name, and: read, in: $0) }, source)
    }

    private func objection(to change: FeedItems.Difference, _ source: FeedSource) -> String? {
        guard change.standing > 0 else { return nil }
        if !source.format.isIncremental, change.listed == 0 {
            return "it lists nothing any more, \(change.standing) entries stand"
        }
        let isSmall = change.standing < Self.sizeWorthWeighing
        let limit = change.standing * source.changeLimit / 100
        let most = isSmall ? max(limit, Self.sizeWorthWeighing) : limit
        if change.new > most {
            return """
                \(change.new) new entries beside \(change.standing) standing ones; the limit is \
                \(isSmall ? "\(most) entries" : "\(source.changeLimit) %")
                """
        }
        if change.gone > (isSmall ? max(limit, Self.lossWorthWeighing) : limit) {
            return "\(change.gone) of \(change.standing) entries are gone; the limit is \(source.changeLimit) %"
        }
        return nil
    }

    /// How many of the newest links are asked for.
    private static let linksWeighed = 5_000
    /// With fewer messages a share says nothing.
    private static let messagesWorthWeighing = 20

    /// A feed that holds something against much of what came lately, and nobody complained about, is probably wrong.
    private func coveredMail(_ source: FeedSource, _ at: Int64) async throws -> String? {
        let name = source.name
        let (covered, messages, example) = try await database.read { transaction in
            let delivered = try FeedItems.recentlyDelivered(limit: Self.linksWeighed, in: transaction)
            let patterns = Array(Set(delivered.flatMap(\.expressions)))
            let new = try FeedItems.new(among: patterns, of: name, at: at, in: transaction)
            let hit = delivered.filter { !new.isDisjoint(with: $0.expressions) }
            let example = hit.first?.expressions.first(where: new.contains)
            return (Set(hit.map(\.reference)).count, Set(delivered.map(\.reference)).count, example)
        }
        guard messages >= Self.messagesWorthWeighing, covered * 100 > messages * source.mailLimit else { return nil }
        return """
            new entries cover \(covered) of the last \(messages) messages with links (such as \
            '\((example ?? "").shown(limit: 100))'); the limit is \(source.mailLimit) %
            """
    }

    func hold(_ source: FeedSource, _ reason: String, _ at: Int64) async throws {
        let name = source.name
        let next = at + Int64(source.every / .milliseconds(1))
        try await database.write { transaction in
            guard var row = try FeedStore.row(name, in: transaction) else { return }
            row.state = .held
            row.heldBecause = reason
            row.nextRunAt = next
            try FeedStore.save(row, in: transaction)
            try AlertStore.tell(
                kind: "feed_held", subject: "feed \(name)", title: "Feed '\(name)' is held: \(reason)",
                severity: .medium,
                cause: "feed \(name) held \(at)", at: at, in: transaction)
        }
        tell(.held(name, because: reason))
    }

    func tellOwn(_ source: FeedSource, _ count: Int, _ at: Int64) async throws {
        let (name, day) = (source.name, at / 86_400_000)
        _ = try await database.write { transaction in
            try AlertStore.tell(
                kind: "feed_lists_us", subject: "feed \(name)",
                title: "Feed '\(name)' has \(count) entries against our own domains; they are not put in force",
                severity: .high, cause: "feed \(name) own \(day)", at: at, in: transaction)
        }
    }
}
