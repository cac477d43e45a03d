// SPDX-License-Identifier: Apache-2.0

private import Foundation

/// The playbooks in use: read once at the start, each checked, and no doubt about which one an alert starts.
package struct PlaybookShelf: Sendable {
    /// In the order of their names.
    package let playbooks: [Playbook]

    /// Refuses two of one name, and two that would start on the same alert with equal right.
    package init(_ playbooks: [Playbook]) throws(PlaybookError) {
        self.playbooks = playbooks.sorted { $0.name < $1.name }
        for (earlier, later) in zip(self.playbooks, self.playbooks.dropFirst()) where earlier.name == later.name {
            throw PlaybookError(file: "\(later.name).yaml", line: 0, "another playbook has the name '\(later.name)'")
        }
        for kind in AlertKind.allCases {
            let rivals = candidates(for: kind)
            guard rivals.count > 1, rivals[0].startsOn.count == rivals[1].startsOn.count else { continue }
            throw PlaybookError(
                file: "\(rivals[1].name).yaml", line: 0,
                "'\(rivals[0].name)' starts on '\(kind.rawValue)' with equal right, expected one with fewer kinds in 'starts_on'"
            )
        }
    }

    /// Every `*.yaml` of the folder.
    package static func load(directory: String) throws(PlaybookError) -> PlaybookShelf {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted()
        } catch {
            throw PlaybookError(file: directory, line: 0, "cannot be read: \(error.localizedDescription)")
        }
        guard names.count <= PlaybookLimits.files else {
            throw PlaybookError(
                file: directory, line: 0, "expected at most \(PlaybookLimits.files) playbooks, found \(names.count)")
        }
        var playbooks: [Playbook] = []
        for name in names { playbooks.append(try playbook(in: "\(directory)/\(name)", named: name)) }
        return try PlaybookShelf(playbooks)
    }

    private static func playbook(in path: String, named file: String) throws(PlaybookError) -> Playbook {
        // Cap before reading: a device or a huge file is not read at all.
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        guard size <= PlaybookLimits.fileSize else {
            throw PlaybookError(file: path, line: 0, "expected at most \(PlaybookLimits.fileSize) bytes, found \(size)")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PlaybookError(file: path, line: 0, "cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw PlaybookError(file: path, line: 0, "expected UTF-8")
        }
        let playbook = try Playbook(text: text, file: path)
        guard file == "\(playbook.name).yaml" else {
            throw PlaybookError(
                file: path, line: 0, "holds the playbook '\(playbook.name)', expected '\(playbook.name).yaml'")
        }
        return playbook
    }

    /// The playbook that an alert of the kind opens an investigation by: of several the one that starts on the fewest
    /// kinds, so that a site's own, narrower one goes before a shipped one.
    package func playbook(for kind: AlertKind) -> Playbook? { candidates(for: kind).first }

    private func candidates(for kind: AlertKind) -> [Playbook] {
        // The sort is stable by name: the list is in that order.
        playbooks.filter { $0.startsOn.contains(kind) }.sorted {
            ($0.startsOn.count, $0.name) < ($1.startsOn.count, $1.name)
        }
    }
}
