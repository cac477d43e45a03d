// SPDX-License-Identifier: Apache-2.0

import Store
import Verdicts

/// Keeps the file of seen domains in step with the store, for the redirector's rule about new ones.
actor DomainPublisher {
    private static let pageSize = 10_000

    private let database: any Database
    private let path: String
    private var list = SeenDomainList()
    private var last: Int64 = 0
    private var isWritten = false

    init(database: any Database, path: String) {
        self.database = database
        self.path = path
    }

    /// Writes the file anew when domains have come; the store is asked for the new ones only.
    func refresh() async throws {
        let before = list.count
        while true {
            let after = last
            let page = try await database.read { try SeenDomainStore.list(after: after, limit: Self.pageSize, in: $0) }
            for row in page { list.note(Array(row.domain.utf8), day: row.day) }
            if let row = page.last { last = row.number }
            guard page.count == Self.pageSize else { break }
        }
        guard list.count > before || !isWritten, list.count > 0 else { return }
        isWritten = false
        try list.write(to: path)
        isWritten = true
    }
}
