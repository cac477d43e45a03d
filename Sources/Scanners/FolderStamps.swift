// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Size and time of change of every file in a folder: reading them all each time would be for nothing.
package enum FolderStamps {
    /// Files that are looked at; a folder with more holds something else.
    private static let fileLimit = 20_000

    package static func of(_ folder: URL) throws -> [String: [Int]] {
        guard let walk = FileManager.default.enumerator(atPath: folder.path) else {
            throw FolderError(description: "\(folder.path): cannot be read as a folder")
        }
        var stamps: [String: [Int]] = [:]
        while let name = walk.nextObject() as? String, stamps.count < fileLimit {
            let path = folder.appending(path: name).path
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let changed = attributes[.modificationDate] as? Date, let size = attributes[.size] as? Int
            else { continue }
            stamps[name] = [size, Int(changed.timeIntervalSince1970 * 1_000_000)]
        }
        return stamps
    }
}

/// Why a folder cannot be looked at.
struct FolderError: Error, CustomStringConvertible {
    let description: String
}
