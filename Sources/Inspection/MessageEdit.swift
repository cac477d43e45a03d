// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Mail

/// What the MTA must change in one message.
struct MessageEdit {
    private let message: ReceivedMessage
    private var encoding: TransferEncoding?
    private var body: PatchedBytes?

    init(_ message: ReceivedMessage) {
        self.message = message
    }

    /// Carries out the patches; on a fault nothing is changed.
    mutating func apply(_ parts: PartInspection) throws(InspectionFault) {
        guard !parts.patches.isEmpty else { return }
        do {
            let range = message.bodyStart..<message.bytes.count
            body = try PatchedBytes(message.bytes, in: range, patches: parts.patches)
        } catch {
            throw .patch(error)
        }
        encoding = parts.rootEncoding
    }

    /// Header fields from the last to the first, insertions, the body: each removal shifts the numbers after it.
    func modifications(stamp: [UInt8]) -> [Modification] {
        var out = (0..<count(.stamp)).reversed().map {
            Modification.changeField(.stamp, occurrence: $0 + 1, value: nil)
        }
        if let encoding { out += changes(to: encoding) }
        out.append(.insertField(HeaderField(name: .stamp, value: stamp)))
        if let body { out.append(.replaceBody(body)) }
        return out
    }

    /// Every field is changed, because mail clients differ in which of two they read.
    private func changes(to encoding: TransferEncoding) -> [Modification] {
        let present = count(.contentTransferEncoding)
        guard present == 0 else {
            return (0..<present).reversed().map {
                .changeField(.contentTransferEncoding, occurrence: $0 + 1, value: encoding.name)
            }
        }
        let field = Modification.insertField(HeaderField(name: .contentTransferEncoding, value: encoding.name))
        let version = HeaderField(name: .mimeVersion, value: ("1.0" as StaticString).bytes)
        return count(.mimeVersion) == 0 ? [field, .insertField(version)] : [field]
    }

    /// How many fields of that name the MTA sees.
    ///
    /// Counted line by line without a parsed header section, so that a forged stamp goes even from a message whose
    /// header section is beyond a limit.
    private func count(_ name: HeaderFieldName) -> Int {
        var rest = message.bytes[..<message.bodyStart]
        var found = 0
        while !rest.isEmpty {
            let line = rest.prefix { $0 != .lineFeed }
            if line.prefix(name.bytes.count).equalsIgnoringCase(name.bytes) {
                let after = line.dropFirst(name.bytes.count).first { $0 != .space && $0 != .tab }
                if after == UInt8(ascii: ":") { found += 1 }
            }
            rest = rest[min(line.endIndex + 1, rest.endIndex)...]
        }
        return found
    }
}
