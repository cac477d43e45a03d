// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// AES-256-GCM (NIST SP 800-38D): encrypts, and notices every change of what was encrypted.
///
/// A nonce must never be used twice with a key: whoever uses this says how that is so.
package enum AES256GCM {
    package static let keySize = 32
    package static let nonceSize = 12
    /// Bytes of the tag behind the ciphertext.
    package static let tagSize = 16

    /// Fetched once, never freed, and only read afterwards: libcrypto lets any thread use it.
    nonisolated(unsafe) private static let cipher: OpaquePointer? = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

    /// The ciphertext with its tag behind it; `context` is bound to it and not part of it.
    package static func seal(_ plain: Span<UInt8>, key: [UInt8], nonce: [UInt8], context: [UInt8] = []) -> [UInt8] {
        precondition(key.count == keySize && nonce.count == nonceSize, "AES-256-GCM: bad key or nonce size")
        let run = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(run) }
        var count = Int32(0)
        var done = unsafe EVP_EncryptInit_ex2(run, cipher, key, nonce, nil) == 1
        if !context.isEmpty {
            done = unsafe done && EVP_EncryptUpdate(run, nil, &count, context, Int32(clamping: context.count)) == 1
        }
        let sealed = unsafe [UInt8](unsafeUninitializedCapacity: plain.count + tagSize) { out, filled in
            done = unsafe plain.withUnsafeBufferPointer {
                unsafe done && EVP_EncryptUpdate(run, out.baseAddress, &count, $0.baseAddress, Int32($0.count)) == 1
            }
            let tag = unsafe out.baseAddress.map { unsafe $0 + plain.count }
            done = unsafe done && EVP_EncryptFinal_ex(run, tag, &count) == 1
            done = unsafe done && EVP_CIPHER_CTX_ctrl(run, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), tag) == 1
            filled = plain.count + tagSize
        }
        precondition(done, "libcrypto cannot encrypt with AES-256-GCM")
        return sealed
    }

    /// What was sealed; nil when the bytes, the key, the nonce or the context are not those it was sealed with.
    package static func open(_ sealed: Span<UInt8>, key: [UInt8], nonce: [UInt8], context: [UInt8] = []) -> [UInt8]? {
        guard sealed.count >= tagSize, key.count == keySize, nonce.count == nonceSize else { return nil }
        let run = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(run) }
        let size = sealed.count - tagSize
        var count = Int32(0)
        var tag = (0..<tagSize).map { sealed[size + $0] }
        var done = unsafe EVP_DecryptInit_ex2(run, cipher, key, nonce, nil) == 1
        if !context.isEmpty {
            done = unsafe done && EVP_DecryptUpdate(run, nil, &count, context, Int32(clamping: context.count)) == 1
        }
        let plain = unsafe [UInt8](unsafeUninitializedCapacity: size) { out, filled in
            done = unsafe sealed.withUnsafeBufferPointer {
                unsafe done && EVP_DecryptUpdate(run, out.baseAddress, &count, $0.baseAddress, Int32(size)) == 1
            }
            filled = size
        }
        done = unsafe done && EVP_CIPHER_CTX_ctrl(run, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag) == 1
        var last = [UInt8](repeating: 0, count: tagSize)
        done = unsafe done && EVP_DecryptFinal_ex(run, &last, &count) == 1
        ERR_clear_error()
        return done ? plain : nil
    }
}
