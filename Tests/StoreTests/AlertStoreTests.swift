// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Testing

struct AlertStoreTests {
    private func alert(_ cause: String) -> NewAlert {
        NewAlert(
            kind: .urlClick, severity: .high, subject: Subject(kind: .url, value: "evil.example/"), title: "A title",
            indicator: 3, reference: "0000000000000001", cause: cause)
    }

    @Test func `one cause raises one alert`() async throws {
        let store = try await TemporaryStore()
        let numbers = try await store.write { transaction in
            try ["a", "a", "b"].map { try AlertStore.raise(alert($0), at: 5, in: transaction) }
        }
        #expect(numbers == [1, nil, 2])
        let row = try await store.read { try AlertStore.row(1, in: $0) }
        #expect([row.kind, row.subject, row.title] == ["url_click", "url evil.example/", "A title"])
        #expect(row.severity == .high && row.at == 5 && row.indicator == 3 && row.reference == "0000000000000001")
        #expect(row.investigation == nil && row.joinedBecause == nil)
    }

    @Test func `an alert waits until it is given to an investigation, or to none`() async throws {
        let store = try await TemporaryStore()
        let (waiting, joined) = try await store.write { transaction in
            for cause in ["a", "b", "c"] { try AlertStore.raise(alert(cause), at: 5, in: transaction) }
            try AlertStore.assign(1, to: 7, because: "opened it", in: transaction)
            try AlertStore.assign(3, to: nil, because: "no playbook", in: transaction)
            return (
                try AlertStore.waiting(limit: 9, in: transaction),
                try AlertStore.alerts(of: 7, limit: 9, in: transaction)
            )
        }
        #expect(waiting.map(\.number) == [2])
        #expect(joined.map(\.number) == [1] && joined.map(\.joinedBecause) == ["opened it"])
    }

    @Test func `alerts are listed from the newest`() async throws {
        let store = try await TemporaryStore()
        let found = try await store.write { transaction in
            for cause in 1...4 { try AlertStore.raise(alert("\(cause)"), at: 5, in: transaction) }
            return [
                try AlertStore.list(limit: 3, in: transaction),
                try AlertStore.list(before: 2, limit: 3, in: transaction),
            ]
            .map { $0.map(\.number) }
        }
        #expect(found == [[4, 3, 2], [1]])
        let error = await #expect(throws: StoreError.self) { try await store.read { try AlertStore.row(9, in: $0) } }
        #expect(error?.code == .notFound)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\r\nb\u{202E}c\u{0}\u{2028}", "a\u{FFFD}\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}"),
        ("Grüße", "Grüße"), ("1234567890123", "1234567890…"),
    ])
    func `text in a sentence hides and turns nothing`(text: String, shown: String) {
        #expect(text.shown(limit: 10) == shown)
    }
}
