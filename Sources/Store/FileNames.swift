// SPDX-License-Identifier: Apache-2.0

/// The digests by which others may know a file: indicators name its SHA-256, its SHA-1 or its MD5, and everything here is
/// known by the first.
///
/// Nobody makes a second file with a given SHA-1 or MD5; but two files that share one can be made, so that a digest of
/// those kinds may be several files.
package enum FileNames {
    /// Files of one SHA-1 or MD5, at most.
    private static let filesOfOne = 100

    /// What an indicator about the file may be written with, its SHA-256 first.
    package static func names(of sha256: String, in transaction: any SQLTransaction) throws(StoreError) -> [String] {
        guard let row = try ObjectStore.row(sha256, in: transaction) else { return [sha256] }
        return [sha256] + [row.sha1, row.md5].compactMap(\.self)
    }

    /// The SHA-256 of each file that came here and has that digest.
    package static func files(named digest: String, in transaction: any SQLTransaction) throws(StoreError) -> [String] {
        guard let column = column(of: digest) else { return [digest] }
        return try transaction.query(
            "SELECT sha256 FROM objects WHERE \(column) = $1 ORDER BY sha256 LIMIT $2",
            [.text(digest), .integer(filesOfOne)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// Which of these digests any file here has.
    static func known(_ digests: [String], in transaction: any SQLTransaction) throws(StoreError) -> Set<String> {
        var found: Set<String> = []
        for (column, digests) in Dictionary(grouping: digests, by: { column(of: $0) ?? "sha256" }) {
            let rows = try transaction.query(
                "SELECT DISTINCT \(column) FROM objects WHERE \(column) IN ($list)",
                in: digests.sorted().map { .text($0) })
            for row in rows { found.insert(try row.text(0)) }
        }
        return found
    }

    /// Nil for a SHA-256.
    private static func column(of digest: String) -> String? {
        switch digest.utf8.count {
        case 40: "sha1"
        case 32: "md5"
        default: nil
        }
    }
}
