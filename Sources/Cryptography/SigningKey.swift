// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A private key for signatures that others verify: RSA with SHA-256 (RFC 8301) or Ed25519 (RFC 8463).
///
/// May be used by any number of threads at a time.
@safe package final class SigningKey: @unchecked Sendable {
    // @unchecked: written by `init` only; libcrypto lets any thread sign with a key that nobody changes.
    private let key: OpaquePointer
    package let algorithm: Algorithm

    /// As DKIM and ARC write it in the tag `a=`.
    package enum Algorithm: String, Sendable {
        case rsaSHA256 = "rsa-sha256"
        case ed25519SHA256 = "ed25519-sha256"
    }

    /// Shorter keys are refused by verifiers (RFC 8301, section 3.2).
    private static let smallestRSA: Int32 = 1_024

    /// The key of a PEM file; nil when it is no private key of one of the two kinds, or has a passphrase.
    package init?(pem: [UInt8]) {
        let key = unsafe pem.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            let input = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { unsafe BIO_free(input) }
            // Without a function of ours libcrypto would ask for a passphrase on the terminal.
            return unsafe PEM_read_bio_PrivateKey(input, nil, { _, _, _, _ in 0 }, nil)
        }
        ERR_clear_error()
        guard let key = unsafe key else { return nil }
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA where unsafe EVP_PKEY_get_bits(key) >= Self.smallestRSA: algorithm = .rsaSHA256
        case EVP_PKEY_ED25519: algorithm = .ed25519SHA256
        default:
            unsafe EVP_PKEY_free(key)
            return nil
        }
        unsafe self.key = key
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// The signature over the bytes; nil when libcrypto makes none (no memory, a key it refuses).
    package func signature(over bytes: [UInt8]) -> [UInt8]? {
        switch algorithm {
        case .rsaSHA256: return unsafe sign(bytes, digest: EVP_sha256())
        // RFC 8463, section 3: Ed25519 signs the SHA-256 digest, not the bytes.
        case .ed25519SHA256: return unsafe sign(SHA256.digest(bytes), digest: nil)
        }
    }

    private func sign(_ bytes: [UInt8], digest: OpaquePointer?) -> [UInt8]? {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestSignInit(context, nil, digest, nil, key) == 1 else { return nil }
        var size = Int(unsafe EVP_PKEY_get_size(key))
        var out = [UInt8](repeating: 0, count: size)
        let done = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe out.withUnsafeMutableBufferPointer { out in
                unsafe EVP_DigestSign(context, out.baseAddress, &size, bytes.baseAddress, bytes.count)
            }
        }
        ERR_clear_error()
        return done == 1 ? Array(out.prefix(size)) : nil
    }
}
