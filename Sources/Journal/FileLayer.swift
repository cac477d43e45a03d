// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The calls of the writer that a disk can let fail, each as thin as the system call.
///
/// Tests put another layer in between that fails, writes short or is interrupted at the n-th call.
package protocol FileLayer: Sendable {
    /// Makes a file that must not exist yet, readable for the group.
    func create(_ path: String) throws(SystemError) -> OpenFile
    /// How many of the bytes from `start` on were taken; may be fewer than there are.
    func write(_ bytes: [UInt8], from start: Int, to file: OpenFile, at offset: Int) throws(SystemError) -> Int
    /// The file's content, and its length, are on disk.
    func synchronize(_ file: OpenFile) throws(SystemError)
    func truncate(_ file: OpenFile, to length: Int) throws(SystemError)
    /// The names in the directory are on disk.
    func synchronizeDirectory(_ path: String) throws(SystemError)
}

extension FileLayer {
    /// Writes all bytes, whatever the number of calls it takes.
    func writeAll(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let position = offset + written
            let count = try uninterrupted { () throws(SystemError) in
                try self.write(bytes, from: written, to: file, at: position)
            }
            // POSIX lets write answer 0 only for no bytes; without this the loop would not end.
            guard count > 0 else { throw SystemError(call: "pwrite", path: file.path, code: EIO) }
            written += count
        }
    }

    func synchronizeAll(_ file: OpenFile) throws(SystemError) {
        try uninterrupted { () throws(SystemError) in try self.synchronize(file) }
    }

    func truncateAll(_ file: OpenFile, to length: Int) throws(SystemError) {
        try uninterrupted { () throws(SystemError) in try self.truncate(file, to: length) }
    }
}

/// Calls again while a signal interrupts.
func uninterrupted<Value>(_ body: () throws(SystemError) -> Value) throws(SystemError) -> Value {
    while true {
        do {
            return try body()
        } catch  where error.code == EINTR {
            continue
        } catch {
            throw error
        }
    }
}
