// SPDX-License-Identifier: Apache-2.0

import CZstd

/// Compression by the system's libzstd, at its quickest ordinary level: a message waits while it is done.
enum Zstandard {
    private static let level: Int32 = 1

    /// Nil when that would save nothing, which is so for most archives and pictures.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 64 else { return nil }
        let room = ZSTD_compressBound(bytes.count)
        var count = 0
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: room) { out, filled in
            count = unsafe bytes.withUnsafeBytes {
                unsafe ZSTD_compress(out.baseAddress, room, $0.baseAddress, $0.count, level)
            }
            filled = ZSTD_isError(count) == 0 ? count : 0
        }
        return ZSTD_isError(count) == 0 && count < bytes.count ? packed : nil
    }

    /// Nil when the bytes are not what `compress` made of that many; never more than `size` bytes are written.
    static func decompress(_ bytes: [UInt8], size: Int) -> [UInt8]? {
        var count = 0
        let content = unsafe [UInt8](unsafeUninitializedCapacity: size) { out, filled in
            count = unsafe bytes.withUnsafeBytes {
                unsafe ZSTD_decompress(out.baseAddress, size, $0.baseAddress, $0.count)
            }
            filled = ZSTD_isError(count) == 0 ? count : 0
        }
        return ZSTD_isError(count) == 0 && count == size ? content : nil
    }
}
