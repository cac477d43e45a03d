// SPDX-License-Identifier: Apache-2.0

import CZlib

/// DEFLATE with a bound on what comes out, and no complaint about what is broken behind: viewers show that too.
enum Inflater {
    /// The largest and the raw window of zlib.
    private static let (window, rawWindow): (Int32, Int32) = (15, -15)
    private static let pieceSize = 256 * 1_024

    /// What comes out, at most so many bytes; nil when nothing does.
    static func inflated(_ bytes: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        let out = inflated(bytes, limit: limit, window)
        // A header that is wrong is passed over by some viewers.
        let usable = out.isEmpty && bytes.count > 2 ? inflated(bytes.dropFirst(2), limit: limit, rawWindow) : out
        return usable.isEmpty ? nil : usable
    }

    private static func inflated(_ bytes: ArraySlice<UInt8>, limit: Int, _ window: Int32) -> [UInt8] {
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(&stream, window, ZLIB_VERSION, size) == Z_OK else { return [] }
        defer { unsafe inflateEnd(&stream) }
        var out: [UInt8] = []
        unsafe bytes.withUnsafeBufferPointer { input in
            unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.avail_in = UInt32(clamping: input.count)
            while out.count < limit {
                let wanted = min(pieceSize, limit - out.count)
                var result = Z_OK
                let piece = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { piece, count in
                    unsafe stream.next_out = piece.baseAddress
                    unsafe stream.avail_out = UInt32(wanted)
                    unsafe result = inflate(&stream, Z_NO_FLUSH)
                    unsafe count = wanted - Int(stream.avail_out)
                }
                out += piece
                if result != Z_OK || piece.isEmpty { return }
            }
        }
        return out
    }
}
