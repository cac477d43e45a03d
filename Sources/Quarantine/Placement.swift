// SPDX-License-Identifier: Apache-2.0

/// Where a message lies in a mailbox and what it carries there: what a release needs to know.
package struct Placement: Hashable, Sendable {
    package let folder: FolderName
    /// The message's numbers in the folder; several when its owner copied it there.
    ///
    /// Valid under `uidValidity` only.
    package let uids: [UInt32]
    package let uidValidity: UInt32
    /// The flags of the first copy.
    package let flags: MessageFlags
    /// As the server writes it (RFC 3501, section 2.3.3); a move keeps it.
    package let internalDate: String

    package init(folder: FolderName, uids: [UInt32], uidValidity: UInt32, flags: MessageFlags, internalDate: String) {
        self.folder = folder
        self.uids = uids
        self.uidValidity = uidValidity
        self.flags = flags
        self.internalDate = internalDate
    }
}

/// What looking for a message in a mailbox found.
package enum Whereabouts: Hashable, Sendable {
    case found(Placement)
    /// Somebody, perhaps we before a crash, moved it already.
    case alreadyInQuarantine(Placement)
    case notFound
}

/// What became of a move.
package enum MoveOutcome: Hashable, Sendable {
    case moved
    /// It was at its destination before: nothing was done.
    case alreadyThere
    /// It is neither where it was recorded nor at its destination; look for it again.
    case notFound
}
