// SPDX-License-Identifier: Apache-2.0

import Foundation
import Settings
import Testing

@testable import rearguardd

struct `A check of the configuration` {
    @Test func `touches nothing, because it may be run as root before the service ever ran`() async throws {
        let place = try await Place()
        let playbooks = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "conf/playbooks").path
        let text = """
            state: {directory: \(place.path)/state}
            click: {url: "https://links.example.org"}
            playbooks: {directory: \(playbooks)}
            """
        let parts = try Assembly(settings: try Configuration(text: Array(text.utf8), file: "rearguard.yaml"))
        #expect(!FileManager.default.fileExists(atPath: parts.settings.state.directory))
        _ = try await parts.openStore()
        #expect(FileManager.default.fileExists(atPath: parts.settings.storePath))
    }
}
