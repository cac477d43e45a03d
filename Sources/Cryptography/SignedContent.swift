// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What a CMS signature signs (SignedData: RFC 5652, section 5), without a look at the signature: whoever wants to be read
/// signs with a key of their own.
package enum SignedContent: Hashable, Sendable {
    case inside([UInt8])
    /// A detached signature.
    case elsewhere
    /// No SignedData, or not one that libcrypto reads.
    case unreadable

    package init(_ bytes: [UInt8]) {
        let message = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var place = buffer.baseAddress
            return unsafe d2i_CMS_ContentInfo(nil, &place, buffer.count)
        }
        ERR_clear_error()
        guard let message = unsafe message else {
            self = .unreadable
            return
        }
        defer { unsafe CMS_ContentInfo_free(message) }
        guard unsafe OBJ_obj2nid(CMS_get0_type(message)) == NID_pkcs7_signed,
            let content = unsafe CMS_get0_content(message)
        else {
            self = .unreadable
            return
        }
        guard let octets = unsafe content.pointee else {
            self = .elsewhere
            return
        }
        let size = Int(unsafe ASN1_STRING_length(octets))
        self = unsafe .inside(Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(octets), count: max(0, size))))
    }
}
