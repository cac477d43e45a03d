// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import SQLiteDatabase
import Store
import Testing

@testable import Investigations

@Suite struct `A playbook tried on the past` {
    private func trial(_ stage: Stage, _ change: (String) -> String = { $0 }, since: Int64 = 0) async throws
        -> PlaybookTrial
    {
        let path = "\(Stage.playbooks)/url-click.yaml"
        let text = change(try String(contentsOfFile: path, encoding: .utf8))
        return try await PlaybookTrial.of(
            try Playbook(text: text, file: path), since: since, at: stage.clock.now, database: stage.store.database)
    }

    @Test func `says what it would have found and done, and does nothing`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        try await stage.store.alert(2, subject: "url good.example/login")
        let before = try await stage.store.rows("SELECT count(*) FROM investigation_steps")
        let calls = stage.server.state.calls.count
        let cases = try await trial(stage).cases
        #expect(cases.map(\.subject) == ["url good.example/login", "url evil.example/login"])
        #expect(cases[0].would == ["conclude as no_threats_found: no indicator condemns good.example/login any more"])
        #expect(cases[1].would == ["move 3 copies to quarantine, after somebody approved"])
        #expect(cases[1].steps.first?.summary.hasPrefix("admin calls evil.example/login malicious") == true)
        #expect(try await stage.store.rows("SELECT count(*) FROM investigation_steps") == before)
        #expect(stage.server.state.calls.count == calls)
    }

    @Test func `says what another approval would have let through`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let automatic = try await trial(stage) {
            $0.replacing("approval: manual", with: "approval: {automatic_when: verdict.source is admin}")
        }
        #expect(
            automatic.cases[0].would == ["move 3 copies to quarantine by itself, for 'verdict.source is admin' holds"])
        let two = try await trial(stage) { $0.replacing("approval: manual", with: "approval: {second_person_from: 3}") }
        #expect(two.cases[0].would == ["move 3 copies to quarantine, after two people approved"])
    }

    @Test func `looks at alerts of its kinds and time alone`() async throws {
        let stage = try await Stage.story()
        #expect(try await trial(stage, since: 4_001).cases.isEmpty)
        let other = try await trial(stage) {
            $0.replacing("[url_click]", with: "[file_verdict_change]")
        }
        #expect(other.cases.isEmpty && other.alerts == 0)
    }
}
