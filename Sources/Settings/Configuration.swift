// SPDX-License-Identifier: Apache-2.0

// Settings: the one configuration file as a tree of values.
//
// Every option is declared once, as data (`Option`): its key, its default as the text that stands in the file, what it
// expects, how it is read and printed. A section lists its options and is made from them. From that one table follow
// the strict reader (an unknown key, a wrong type or a bad value is an error with file, line, key and expectation), the
// print of the effective configuration, and the test that holds conf/rearguard.yaml to the defaults.
//
// Secrets never stand in the file, only the paths of files that hold them, so it can be shown and kept in version
// control. Road not taken: `Decodable` by Yams (errors without lines, unknown keys ignored, defaults in initialisers
// where no table can see them).

/// Everything an administrator can set; the same file serves all programs.
package struct Configuration: Hashable, Sendable {
    package let site: SiteSettings
    package let state: StateSettings
    package let keys: KeysSettings
    package let click: ClickSettings
    package let milter: MilterSettings
    package let journal: JournalSettings
    package let objects: ObjectsSettings
    package let signatures: SignaturesSettings
    package let store: StoreSettings
    package let admin: AdminSettings
    package let mailboxes: MailboxesSettings
    package let playbooks: PlaybooksSettings
    package let reports: ReportsSettings
    package let feeds: FeedsSettings
    package let log: LogSettings

    /// The file's name as given; for messages.
    package let file: String
    /// The configuration in force as YAML, every option with its value; reading it again gives the same configuration.
    package let effectiveText: String

    /// Where the configuration is looked for when nobody says otherwise.
    package static let defaultPath = "/etc/rearguard/rearguard.yaml"

    /// Reads and checks the file; what the overrides say counts instead of what stands there.
    package static func load(path: String, overrides: [Override] = []) throws(ConfigurationError) -> Configuration {
        try Configuration(text: try ConfigurationFile.read(path), file: path, overrides: overrides)
    }

    /// Reads and checks the text of a configuration file; `file` stands in errors.
    package init(text: [UInt8], file: String, overrides: [Override] = []) throws(ConfigurationError) {
        self.file = file
        var root = try SectionReader.root(
            try ConfigurationFile.nodes(of: text, file: file), sections: Self.sections, file: file, overrides: overrides
        )
        site = try root.section(SiteSettings.self)
        state = try root.section(StateSettings.self)
        keys = try root.section(KeysSettings.self)
        click = try root.section(ClickSettings.self)
        milter = try root.section(MilterSettings.self)
        journal = try root.section(JournalSettings.self)
        objects = try root.section(ObjectsSettings.self)
        signatures = try root.section(SignaturesSettings.self)
        store = try root.section(StoreSettings.self)
        admin = try root.section(AdminSettings.self)
        mailboxes = try root.section(MailboxesSettings.self)
        playbooks = try root.section(PlaybooksSettings.self)
        reports = try root.section(ReportsSettings.self)
        feeds = try root.section(FeedsSettings.self)
        log = try root.section(LogSettings.self)
        effectiveText = root.effective.joined(separator: "\n") + "\n"
    }

    /// In the order of the shipped file.
    static var sections: [any SettingsSection.Type] {
        [
            SiteSettings.self, StateSettings.self, KeysSettings.self, ClickSettings.self, MilterSettings.self,
            JournalSettings.self, ObjectsSettings.self, SignaturesSettings.self, StoreSettings.self,
            AdminSettings.self, MailboxesSettings.self, PlaybooksSettings.self, ReportsSettings.self,
            FeedsSettings.self, LogSettings.self,
        ]
    }
}

// MARK: - Places below the state directory

extension Configuration {
    /// What the milter writes and rearguardd reads.
    package var messageJournalDirectory: String { state.path("journal/messages") }
    /// What the redirector writes and rearguardd reads.
    package var clickJournalDirectory: String { state.path("journal/clicks") }
    /// What rearguardd writes, and milter and redirector map.
    package var verdictIndexPath: String { state.path("verdicts.index") }
    /// What rearguardd writes, and the redirector maps.
    package var seenDomainsPath: String { state.path("domains.seen") }
    /// What rearguardd fetches feeds into while it reads them.
    package var feedSpoolDirectory: String { state.path("feeds") }
    /// What rearguardd keeps, and the milter asks for by name.
    package var objectsDirectory: String { state.path(objects.path) }
    /// What rearguardd knows of the objects' content without reading them.
    package var objectIndexDirectory: String { objectsDirectory + "/index" }
    /// Where the milter leaves objects for rearguardd.
    package var objectSpoolDirectory: String { state.path("journal/messages/spool") }
    package var storePath: String { state.path(store.path) }
    package var adminSocketPath: String { state.path(admin.socket) }
}
