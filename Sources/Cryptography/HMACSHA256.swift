// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A key for HMAC-SHA-256 (RFC 2104), with its two pads already hashed.
///
/// The pads take two of the four compressions that a short message needs, and most of the set-up; a key ring makes its
/// keys once, so that a click pays for its own bytes only. May be used by any number of threads at a time.
@safe package final class HMACKey: @unchecked Sendable {
    // @unchecked: both contexts are written by `init` only; `code` copies them, which libcrypto allows concurrently
    // because nothing changes them.
    private let inner: OpaquePointer?
    private let outer: OpaquePointer?

    /// Bytes that SHA-256 takes in at a time; a longer key is hashed first (RFC 2104, section 2).
    private static let blockSize = 64

    package init(_ key: [UInt8]) {
        let short = key.count > Self.blockSize ? SHA256.digest(key) : key
        let block = short + [UInt8](repeating: 0, count: Self.blockSize - short.count)
        unsafe inner = Self.context(over: block.map { $0 ^ 0x36 })
        unsafe outer = Self.context(over: block.map { $0 ^ 0x5C })
    }

    deinit {
        unsafe EVP_MD_CTX_free(inner)
        unsafe EVP_MD_CTX_free(outer)
    }

    /// The 32 bytes of the code over the message.
    package func code(over message: [UInt8]) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        unsafe Self.take(message, into: context, after: inner)
        let digest = unsafe finished(context)
        unsafe Self.take(digest, into: context, after: outer)
        return unsafe finished(context)
    }

    private static func context(over block: [UInt8]) -> OpaquePointer? {
        let context = unsafe EVP_MD_CTX_new()
        let done = unsafe block.withUnsafeBufferPointer {
            unsafe EVP_DigestInit_ex2(context, SHA256.algorithm, nil) == 1
                && EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1
        }
        precondition(done, "libcrypto cannot start HMAC-SHA-256")
        return unsafe context
    }

    private static func take(_ bytes: [UInt8], into context: OpaquePointer?, after pad: OpaquePointer?) {
        let done = unsafe bytes.withUnsafeBufferPointer {
            unsafe EVP_MD_CTX_copy_ex(context, pad) == 1 && EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1
        }
        precondition(done, "libcrypto cannot go on with HMAC-SHA-256")
    }
}

/// HMAC-SHA-256 with a key that is used once.
package enum HMACSHA256 {
    /// The 32 bytes of the code over the message.
    package static func code(over message: [UInt8], key: [UInt8]) -> [UInt8] {
        HMACKey(key).code(over: message)
    }
}

/// Whether two byte strings are equal, in a time that tells only their lengths.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBufferPointer { left in
        unsafe right.withUnsafeBufferPointer { right in
            unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}

/// Random bytes for keys.
package enum SecureRandom {
    /// As many bytes as asked for, from libcrypto's generator for private values.
    package static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0, let size = Int32(exactly: count) else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { out, filled in
            let done = unsafe RAND_priv_bytes(out.baseAddress, size)
            precondition(done == 1, "libcrypto has no random bytes")
            filled = count
        }
    }
}
