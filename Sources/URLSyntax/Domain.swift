// SPDX-License-Identifier: Apache-2.0

import Bytes
// ICU as Foundation brings it: its C names carry Swift's prefix.
import _FoundationICU

/// Domain to ASCII (WHATWG URL Standard, section 3.3) by UTS 46.
enum Domain {
    /// Longest name that goes through IDNA, in bytes, without what IDNA drops.
    ///
    /// A name that the DNS can answer is shorter, even if each of its letters came decomposed in four-byte characters.
    /// Punycode takes quadratic time: with more room a message full of such hosts would take minutes.
    private static let sizeLimit = 4 * 1_024

    /// The processor; made once, used from any thread (ICU: immutable after it is opened).
    private static let processor = Processor()

    /// What the standard lets pass: empty and overlong labels and hyphens anywhere (CheckHyphens and VerifyDnsLength are
    /// false).
    private static let toleratedErrors = UInt32(
        UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG
            | UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4)

    /// The name in ASCII; nil when browsers refuse it.
    ///
    /// Bad UTF-8 reads as U+FFFD, which UTS 46 refuses.
    static func ascii(_ domain: [UInt8]) -> [UInt8]? {
        if !domain.contains(where: \.isNonASCII) { return domain.lowercased }
        var name = String(decoding: domain, as: UTF8.self)
        if name.utf8.count > sizeLimit { name.unicodeScalars.removeAll(where: IgnoredScalars.contains) }
        return name.utf8.count <= sizeLimit ? processed(Array(name.utf8)) : nil
    }

    private static func processed(_ name: [UInt8]) -> [UInt8]? {
        guard let handle = unsafe processor.handle else { return nil }
        var info = UIDNAInfo()
        info.size = Int16(MemoryLayout<UIDNAInfo>.size)
        var status = U_ZERO_ERROR
        // Punycode is at most about four times as long as the UTF-8 it stands for, with `xn--` on each label.
        var out = [CChar](repeating: 0, count: name.count * 8 + 64)
        let room = Int32(clamping: out.count)
        let size = unsafe name.withUnsafeBytes { input in
            unsafe swift_uidna_nameToASCII_UTF8(
                handle, input.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: name.count), &out, room,
                &info, &status)
        }
        guard status.rawValue <= U_ZERO_ERROR.rawValue, info.errors & ~toleratedErrors == 0, size >= 0, size <= room
        else {
            return nil
        }
        return out.prefix(Int(size)).map { UInt8(bitPattern: $0) }
    }

    /// Owns ICU's handle for the life of the process.
    @safe private struct Processor: @unchecked Sendable {  // ICU's UIDNA may be used by many threads at once
        let handle: OpaquePointer?

        init() {
            var status = U_ZERO_ERROR
            let options =
                UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII
                | UIDNA_NONTRANSITIONAL_TO_UNICODE
            unsafe handle = swift_uidna_openUTS46(UInt32(options), &status)
        }
    }
}
