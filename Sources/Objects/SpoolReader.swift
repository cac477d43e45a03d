// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The other end of the spool: what lies there is taken into the store, and goes when that is done.
package struct SpoolReader: Sendable {
    /// Files of one look.
    package static let filesAtOnce = 1_000
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

    /// The digests of the objects in the file, of which nothing else is read.
    package func digests(in name: String) throws(ObjectError) -> [String] {
        guard let file = try ObjectFile.read("\(path)/\(name)") else { return [] }
        var digests: [String] = []
        var rest = file.size
        while rest > 0, let header = SealedHeader(try file.read(SealedHeader.size)),
            header.payloadSize <= rest - SealedHeader.size
        {
            digests.append(header.sha256Hex)
            try file.skip(header.payloadSize)
            rest -= SealedHeader.size + header.payloadSize
        }
        return digests
    }

    /// When the file was written, in milliseconds since 1970; nil when it is gone.
    package func written(_ name: String) -> Int64? {
        ObjectNames.changed("\(path)/\(name)").map { Int64($0 / 1_000_000) }
    }

    /// Takes some objects out of the file: what is left is another file, under a name that the milter does not take for the
    /// one in which it has them.
    package func remove(_ digests: Set<String>, from name: String) throws {
        let rest = "\(path)/\(name).rest"
        var file: ObjectFile?
        _ = try forEachObject(in: name) { object in
            guard !digests.contains(object.header.sha256Hex) else { return }
            if file == nil { file = try ObjectFile.create("\(rest).new") }
            try file?.write(object.bytes)
        }
        if let file {
            try file.synchronize()
            try ObjectNames.rename(file.path, rest)
        }
        try remove(name)
    }

    package func remove(_ name: String) throws(ObjectError) { try ObjectNames.remove("\(path)/\(name)") }
}
