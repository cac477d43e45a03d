// SPDX-License-Identifier: Apache-2.0

import Bytes
import CMilter
import Mail

/// Carries out an answer by libmilter's calls, which are allowed at the end of the message only.
///
/// When one call fails, nothing of the answer holds: the caller tempfails the message, and the MTA drops the edits made
/// so far along with it.
@unsafe struct AnswerWriter {
    /// Which change the MTA did not take.
    struct Refused: Error {
        let what: String
    }

    let context: OpaquePointer?

    /// Makes the changes in the order given, and then the disposition.
    ///
    /// The body comes after all header fields, in one run (Postfix loses data between two runs). A message that does not
    /// go on is not changed.
    func write(_ answer: MilterAnswer) throws(Refused) -> sfsistat {
        for modification in answer.modificationsInOrder {
            guard try unsafe carryOut(modification) == MI_SUCCESS else {
                throw unsafe Refused(what: name(modification))
            }
        }
        return try unsafe disposition(answer.disposition)
    }

    private func carryOut(_ modification: Modification) throws(Refused) -> Int32 {
        switch modification {
        case .insertField(let field):
            var name = try unsafe cString(field.name.bytes)
            var value = try unsafe cString(fieldValue(field.value))
            return unsafe smfi_insheader(context, 0, &name, &value)
        case .changeField(let fieldName, let occurrence, let newValue):
            var name = try unsafe cString(fieldName.bytes)
            guard let newValue else { return unsafe smfi_chgheader(context, &name, Int32(clamping: occurrence), nil) }
            var value = try unsafe cString(fieldValue(newValue))
            return unsafe smfi_chgheader(context, &name, Int32(clamping: occurrence), &value)
        case .replaceBody(let body): return try unsafe replaceBody(body)
        }
    }

    /// In pieces as libmilter sends them anyway, one after the other, gathered so that a small patch costs no packet.
    private func replaceBody(_ body: PatchedBytes) throws(Refused) -> Int32 {
        /// What one packet holds (libmilter's MILTER_CHUNK_SIZE).
        let size = 65_535
        var buffer: [UInt8] = []
        buffer.reserveCapacity(size)
        func flush() throws(Refused) {
            let result = unsafe buffer.withUnsafeMutableBufferPointer { bytes in
                unsafe smfi_replacebody(context, bytes.baseAddress, Int32(truncatingIfNeeded: bytes.count))
            }
            guard result == MI_SUCCESS else { throw Refused(what: "a body of \(body.count) bytes") }
            buffer.removeAll(keepingCapacity: true)
        }
        try body.forEachPiece { piece throws(Refused) in
            var rest = piece
            while !rest.isEmpty {
                let part = rest.prefix(size - buffer.count)
                buffer.append(contentsOf: part)
                rest = rest.dropFirst(part.count)
                if buffer.count == size { try flush() }
            }
        }
        if !buffer.isEmpty || body.count == 0 { try flush() }
        return MI_SUCCESS
    }

    private func disposition(_ disposition: Disposition) throws(Refused) -> sfsistat {
        switch disposition {
        case .accept: return SMFIS_ACCEPT
        case .discard: return SMFIS_DISCARD
        case .tempfail(let reply):
            try unsafe say(reply)
            return SMFIS_TEMPFAIL
        case .reject(let reply):
            try unsafe say(reply)
            return SMFIS_REJECT
        case .hold(let reason):
            var text = try unsafe cString(Array(reason.utf8))
            guard unsafe smfi_quarantine(context, &text) == MI_SUCCESS else { throw Refused(what: "hold") }
            return SMFIS_ACCEPT
        }
    }

    private func say(_ reply: SMTPReply) throws(Refused) {
        var code = try unsafe cString(Array(reply.code.utf8))
        var enhanced = try unsafe cString(Array(reply.enhancedCode.utf8))
        var text = try unsafe cString(Self.replyText(reply.text))
        guard unsafe smfi_setreply(context, &code, &enhanced, &text) == MI_SUCCESS else {
            throw Refused(what: "reply \(reply.code)")
        }
    }

    /// One line of printable ASCII with its percent signs doubled: anything else libmilter refuses or reads as a format.
    ///
    /// 900 bytes: an SMTP reply line has at most 998 with its codes, and libmilter takes 980.
    static func replyText(_ text: String) -> [UInt8] {
        text.utf8.prefix(900).flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "%"): [byte, byte]
            case 0x20..<0x7F: [byte]
            default: [UInt8(ascii: "?")]
            }
        }
    }

    /// Leading space was negotiated to be ours (HDR_LEADSPC), and folding goes out with a bare LF.
    private func fieldValue(_ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = value.first == .space || value.first == .tab ? [] : [.space]
        out.append(contentsOf: value.filter { $0 != .carriageReturn })
        return out
    }

    /// A C string; bytes with NUL inside are refused, because the MTA would read a shorter one.
    private func cString(_ bytes: [UInt8]) throws(Refused) -> [CChar] {
        guard !bytes.contains(0) else { throw Refused(what: "a value with NUL") }
        return bytes.map { CChar(bitPattern: $0) } + [0]
    }

    private func name(_ modification: Modification) -> String {
        switch modification {
        case .insertField(let field): "insertion of \(field.name)"
        case .changeField(let name, let occurrence, _): "change of \(name) \(occurrence)"
        case .replaceBody(let body): "a body of \(body.count) bytes"
        }
    }
}
