// SPDX-License-Identifier: Apache-2.0

// Cryptography: digests, MACs and random bytes, by the system's libcrypto.
//
// The only importer of COpenSSL, so that what the rest may do with it stands here, and the distribution's security
// updates (and its FIPS provider, where one is needed) reach all of Rearguard. A click verifies one MAC over some hundred
// bytes, so what costs most there is not the hashing: OpenSSL 3 looks an algorithm up by name in every call unless it is
// given one that was fetched before. Here it is fetched once for the process, and an `HMACKey` keeps its two key pads
// already hashed. libcrypto fails in these calls only when it has no memory or no SHA-256 at all; no input makes it,
// and a wrong digest would be worse than a stop, so that is a precondition.
//
// Road not taken: swift-crypto (BoringSSL compiled in: patched by us, not by the distribution), and OpenSSL's low-level
// `SHA256_Update` (some 100 ns faster, deprecated, and past the FIPS provider).

import COpenSSL

/// SHA-256 (FIPS 180-4): 32 bytes that name content.
///
/// `digest` hashes bytes at hand; an instance takes them piece by piece.
@safe package struct SHA256: ~Copyable {
    /// Bytes in a digest.
    package static let size = 32

    /// Fetched once, never freed, and only read afterwards: libcrypto lets any thread use it.
    nonisolated(unsafe) static let algorithm: OpaquePointer? = unsafe EVP_MD_fetch(nil, "SHA2-256", nil)

    private let context: OpaquePointer?

    package init() {
        unsafe context = EVP_MD_CTX_new()
        let started = unsafe EVP_DigestInit_ex2(context, Self.algorithm, nil)
        precondition(started == 1, "libcrypto cannot start SHA-256")
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    /// Takes the next bytes of the content.
    package mutating func update(_ bytes: Span<UInt8>) {
        let taken = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(taken == 1, "libcrypto cannot go on with SHA-256")
    }

    /// The digest of all that `update` took.
    package consuming func digest() -> [UInt8] {
        unsafe finished(context)
    }

    /// The digest of the bytes.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: size) { out, count in
            let done = unsafe bytes.withUnsafeBufferPointer {
                unsafe EVP_Digest($0.baseAddress, $0.count, out.baseAddress, nil, algorithm, nil)
            }
            precondition(done == 1, "libcrypto cannot hash with SHA-256")
            count = size
        }
    }
}

/// Ends a SHA-256 context and gives its digest.
func finished(_ context: OpaquePointer?) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: SHA256.size) { out, count in
        let done = unsafe EVP_DigestFinal_ex(context, out.baseAddress, nil)
        precondition(done == 1, "libcrypto cannot end SHA-256")
        count = SHA256.size
    }
}
