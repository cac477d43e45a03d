// SPDX-License-Identifier: Apache-2.0

import Bytes
// ICU as Foundation brings it: its C names carry Swift's prefix.
import _FoundationICU

/// Domain to ASCII (WHATWG URL Standard, section 3.3) by UTS 46.
enum Domain {
    /// Bytes of a name that goes through IDNA without a further look: at most six characters come of a byte (U+FDFA), so
    /// that no label of it is over the limit.
    private static let plainSize = 42
    /// Characters of a label once it is mapped.
    ///
    /// The DNS takes 63 bytes, `xn--` included. Punycode takes quadratic time: with 1,365 characters in a label a parse took
    /// a third of a millisecond, and a message may hold ten thousand. A browser would go on with a longer label, to an error
    /// page: no resolver answers for it. The limit is of the label alone, whatever stands around it: what is cut out of a
    /// text may then not become a host by being cut.
    static let labelLimit = 255
    /// The same before it is mapped, without what IDNA drops: each character may come decomposed into four.
    static let writtenLabelLimit = 4 * labelLimit

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
        let name = String(decoding: domain, as: UTF8.self)
        guard domain.count <= plainSize || isWithinLimits(name) else { return nil }
        return processed(Array(name.utf8), as: .ascii)
    }

    private static func isWithinLimits(_ name: String) -> Bool {
        var count = 0
        for scalar in name.unicodeScalars where !IgnoredScalars.contains(scalar) {
            count = isDot(scalar) ? 0 : count + 1
            guard count <= writtenLabelLimit else { return false }
        }
        guard let mapped = processed(Array(name.utf8), as: .unicode) else { return false }
        return mapped.split(separator: UInt8(ascii: ".")).allSatisfy { label in
            label.count { $0 & 0xC0 != 0x80 } <= labelLimit
        }
    }

    /// The full stops of UTS 46 (section 2.3).
    private static func isDot(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "." || scalar == "\u{3002}" || scalar == "\u{FF0E}" || scalar == "\u{FF61}"
    }

    private enum Form { case ascii, unicode }

    private static func processed(_ name: [UInt8], as form: Form) -> [UInt8]? {
        guard let handle = unsafe processor.handle else { return nil }
        var info = UIDNAInfo()
        info.size = Int16(MemoryLayout<UIDNAInfo>.size)
        var status = U_ZERO_ERROR
        // Punycode is at most about four times as long as the UTF-8 it stands for, with `xn--` on each label.
        var out = [CChar](repeating: 0, count: name.count * 8 + 64)
        let room = Int32(clamping: out.count)
        let size = unsafe name.withUnsafeBytes { input in
            let text = unsafe input.baseAddress?.assumingMemoryBound(to: CChar.self)
            let length = Int32(clamping: name.count)
            return switch form {
            case .ascii: unsafe swift_uidna_nameToASCII_UTF8(handle, text, length, &out, room, &info, &status)
            case .unicode: unsafe swift_uidna_nameToUnicodeUTF8(handle, text, length, &out, room, &info, &status)
            }
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
