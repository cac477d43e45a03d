// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Playbooks
import Store
import Testing
import Verdicts

@Suite struct `The skeleton of a subject` {
    static let cases: [(String, String)] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cases/subjects.txt")
        let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") }.compactMap { line in
            let parts = line.components(separatedBy: " => ")
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
    }()

    @Test func `there are cases`() { #expect(Self.cases.count >= 18) }

    @Test(arguments: cases) func `is what does not change from copy to copy`(subject: String, skeleton: String) {
        #expect(SubjectSkeleton.of(subject) ?? "-" == skeleton)
    }

    @Test func `of a megabyte is that of its first characters`() {
        let subject = "your invoice " + String(repeating: "x", count: 1_000_000)
        #expect(SubjectSkeleton.of(subject)?.utf8.count == 300)
        #expect(SubjectSkeleton.of(String(repeating: "[", count: 1_000_000)) == nil)
    }
}

@Suite struct `The network of a client` {
    @Test(arguments: [
        ("192.0.2.77", "192.0.2.0/24"), ("2001:db8:7:1::5", "2001:db8:7/48"), ("2001:DB8::1", "2001:db8:0/48"),
        ("::1", "0:0:0/48"), ("1:2:3:4:5:6:7:8", "1:2:3/48"), ("unknown", nil), ("", nil), ("1.2.3", nil),
        ("1.2.3.256", nil), ("1:2", nil), ("1:2:3:4:5:6:7:8:9", nil), ("x::1", nil),
    ])
    func `is a /24 or a /48`(client: String, network: String?) {
        #expect(SendingNetwork.of(client) == network)
    }
}

@Suite struct `Condemned messages` {
    @Test func `are those of an alert, until nothing condemns them any more`() async throws {
        let store = try await TemporaryStore()
        let url = "https://evil.example/a"
        let found = try await store.write { transaction in
            for number in 1...3 {
                try MessageStore.insert(message(UInt64(number), links: number < 3 ? [url] : []), in: transaction)
            }
            _ = try IndicatorStore.add(indicator("evil.example", .domain), in: transaction)
            try AlertStore.raise(
                NewAlert(
                    kind: .urlClick, severity: .high, subject: Subject(kind: .url, value: "evil.example/"), title: "t",
                    cause: "c"), at: 5_000, in: transaction)
            #expect(try CondemnedStore.hasNews(in: transaction))
            #expect(try CondemnedStore.followAlerts(limit: 9, at: 5_000, in: transaction))
            #expect(try !CondemnedStore.followAlerts(limit: 9, at: 5_000, in: transaction))
            #expect(try CondemnedStore.nextSenders(limit: 9, in: transaction) == ["from@example.org"])
            #expect(try CondemnedStore.nextSenders(limit: 9, in: transaction).isEmpty)
            #expect(try !CondemnedStore.hasNews(in: transaction))
            let all = (1...3).map { reference(UInt64($0)).description }
            let before = try CondemnedStore.among(all, at: 6_000, in: transaction)
            try IndicatorStore.remove(1, at: 6_500, in: transaction)
            return (before, try CondemnedStore.among(all, at: 7_000, in: transaction))
        }
        #expect(found.0.map(\.reference).sorted() == [reference(1).description, reference(2).description])
        #expect(found.1.isEmpty)
    }
}
