// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// SHA-256, SHA-1 and MD5 of the same content in one pass.
///
/// SHA-256 is what names content here. The two broken ones are there because lists of bad files are full of them: they
/// may find a file and never vouch for one. Each piece goes through all three while it is in the first-level cache.
@safe package struct ContentDigests: ~Copyable {
    /// The three digests: 32, 20 and 16 bytes.
    package struct Values: Hashable, Sendable {
        package let sha256: [UInt8]
        package let sha1: [UInt8]
        package let md5: [UInt8]
    }

    /// Bytes that all three take before the next: half of a first-level data cache of 32 KiB.
    private static let pieceSize = 16 * 1_024

    /// Both fetched once, never freed, and only read afterwards: libcrypto lets any thread use them.
    private nonisolated(unsafe) static let sha1: OpaquePointer? = unsafe EVP_MD_fetch(nil, "SHA1", nil)
    /// Also where a FIPS provider is the default and has no MD5: it names files, and protects nothing.
    private nonisolated(unsafe) static let md5: OpaquePointer? = unsafe EVP_MD_fetch(nil, "MD5", "-fips")

    private let contexts: (OpaquePointer?, OpaquePointer?, OpaquePointer?)

    package init() {
        unsafe contexts = (
            Self.context(SHA256.algorithm), Self.context(Self.sha1), Self.context(Self.md5)
        )
    }

    deinit {
        unsafe EVP_MD_CTX_free(contexts.0)
        unsafe EVP_MD_CTX_free(contexts.1)
        unsafe EVP_MD_CTX_free(contexts.2)
    }

    /// Takes the next bytes of the content.
    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let size = min(Self.pieceSize, bytes.count - start)
                let piece = unsafe UnsafeRawPointer(bytes.baseAddress)?.advanced(by: start)
                let taken =
                    unsafe EVP_DigestUpdate(contexts.0, piece, size) == 1
                    && EVP_DigestUpdate(contexts.1, piece, size) == 1 && EVP_DigestUpdate(contexts.2, piece, size) == 1
                precondition(taken, "libcrypto cannot go on with a digest")
                start += size
            }
        }
    }

    /// The digests of all that `update` took.
    package consuming func values() -> Values {
        unsafe Values(
            sha256: Self.finished(contexts.0, size: SHA256.size), sha1: Self.finished(contexts.1, size: 20),
            md5: Self.finished(contexts.2, size: 16))
    }

    private static func context(_ algorithm: OpaquePointer?) -> OpaquePointer? {
        let context = unsafe EVP_MD_CTX_new()
        let started = unsafe EVP_DigestInit_ex2(context, algorithm, nil)
        precondition(started == 1, "libcrypto cannot start a digest")
        return unsafe context
    }

    private static func finished(_ context: OpaquePointer?, size: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: size) { out, count in
            let done = unsafe EVP_DigestFinal_ex(context, out.baseAddress, nil)
            precondition(done == 1, "libcrypto cannot end a digest")
            count = size
        }
    }
}
