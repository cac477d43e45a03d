// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The other end of the spool: what lies there is taken into the store, and goes when that is done.
package struct SpoolReader: Sendable {
    /// Files of one look.
    private static let filesAtOnce = 1_000
    /// Seconds after which a file that was never finished is left by a milter that ended.
    private static let unfinishedAge = 600

    private let path: String

    package init(path: String) {
        self.path = path
    }

    /// The files that wait, in no order.
    package func waiting() throws(ObjectError) -> [String] {
        try ObjectNames.list(path, limit: Self.filesAtOnce).filter { name in
            !name.hasSuffix(".new") || ObjectNames.age("\(path)/\(name)").map { $0 > Self.unfinishedAge } ?? false
        }
    }

    /// Gives the objects in the file, one after the other; answers false when its end is none.
    package func forEachObject(
        in name: String, _ take: (SealedObject) throws -> Void
    ) throws -> Bool {
        guard let file = try ObjectFile.read("\(path)/\(name)") else { return true }
        var rest = file.size
        while rest > 0 {
            guard let header = SealedHeader(try file.read(SealedHeader.size)),
                header.payloadSize <= rest - SealedHeader.size,
                let object = SealedObject(header: header, payload: try file.read(header.payloadSize))
            else { return false }
            try take(object)
            rest -= SealedHeader.size + header.payloadSize
        }
        return true
    }

    package func remove(_ name: String) throws(ObjectError) { try ObjectNames.remove("\(path)/\(name)") }
}
