// SPDX-License-Identifier: Apache-2.0

/// Where a message lies in a mailbox and what it carries there: what putting it back needs to know.
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

/// A message that goes back to where it was.
package struct Restoration: Hashable, Sendable {
    package let stamp: MessageStamp
    package let folder: FolderName
    package let flags: MessageFlags

    package init(_ stamp: MessageStamp, folder: FolderName, flags: MessageFlags) {
        self.stamp = stamp
        self.folder = folder
        self.flags = flags
    }
}

/// What became of a move.
package enum MoveOutcome: Hashable, Sendable {
    case moved
    /// It was at its destination before: nothing was done.
    case alreadyThere
    /// It is neither where it was recorded nor at its destination; look for it again.
    case notFound
}

/// What lies where, by stamp; a message that is nowhere is not in it.
package typealias Placements = [MessageStamp: Placement]
package typealias MoveOutcomes = [MessageStamp: MoveOutcome]
