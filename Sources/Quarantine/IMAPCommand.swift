// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The commands we send, each built from checked values only.
///
/// No literals, so a command is one line and needs no waiting in the middle: what cannot stand in a quoted string (CR,
/// LF, NUL) is refused when the value is made (`FolderName`, `MessageStamp`, `MessageFlags`).
enum IMAPCommand {
    case capability
    case list
    case create(FolderName)
    /// Opens a folder for looking: sets nothing, not even `\Recent`.
    case examine(FolderName)
    case select(FolderName)
    /// Messages with any of these stamps; at most `stampLimit` of them.
    case search([MessageStamp])
    case fetch([UInt32])
    case move([UInt32], FolderName)
    case copy([UInt32], FolderName)
    case setFlags([UInt32], MessageFlags)
    case markDeleted([UInt32])
    case expunge([UInt32])

    /// The command without tag and line end.
    var line: [UInt8] {
        switch self {
        case .capability: StaticString("CAPABILITY").bytes
        case .list: StaticString("LIST \"\" \"*\"").bytes
        case .create(let folder): StaticString("CREATE ").bytes + folder.quoted
        case .examine(let folder): StaticString("EXAMINE ").bytes + folder.quoted
        case .select(let folder): StaticString("SELECT ").bytes + folder.quoted
        case .search(let stamps): Array("UID SEARCH\(Self.anyOf(stamps))".utf8)
        case .fetch(let uids):
            Array(
                "UID FETCH \(set(uids)) (UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (X-Rearguard-Id)])".utf8)
        case .move(let uids, let folder): Array("UID MOVE \(set(uids)) ".utf8) + folder.quoted
        case .copy(let uids, let folder): Array("UID COPY \(set(uids)) ".utf8) + folder.quoted
        case .setFlags(let uids, let flags): Array("UID STORE \(set(uids)) FLAGS.SILENT (\(flags))".utf8)
        case .markDeleted(let uids): Array("UID STORE \(set(uids)) +FLAGS.SILENT (\\Deleted)".utf8)
        case .expunge(let uids): Array("UID EXPUNGE \(set(uids))".utf8)
        }
    }

    /// Stamps in one search: each takes 76 bytes of a line of at most 8,192 (RFC 7162, section 4).
    static let stampLimit = 100

    /// ` OR key OR key key` (RFC 3501, section 6.4.4).
    private static func anyOf(_ stamps: [MessageStamp]) -> String {
        let keys = stamps.prefix(stampLimit).map { " HEADER X-Rearguard-Id \"\($0)\"" }
        return keys.dropLast().map { " OR" + $0 }.joined() + (keys.last ?? "")
    }

    /// A set of numbers as IMAP writes it, neighbours as a range: `3:5,9`.
    private func set(_ uids: [UInt32]) -> String {
        var ranges: [ClosedRange<UInt32>] = []
        for uid in uids.sorted() {
            if let last = ranges.last, uid - last.upperBound <= 1 {
                ranges[ranges.count - 1] = last.lowerBound...uid
            } else {
                ranges.append(uid...uid)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }
            .joined(separator: ",")
    }
}
