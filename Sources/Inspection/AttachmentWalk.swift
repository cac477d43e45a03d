// SPDX-License-Identifier: Apache-2.0

import Bytes
import Fingerprints
import Synchronization
import Unpacking

/// Takes the fingerprints of an attachment and of everything in it, while their contents are lent; gives the contents on.
final class AttachmentWalk: MemberConsumer {
    /// One content that was seen to its end, or to where its container is broken.
    struct Found {
        let member: Member
        let fingerprint: Fingerprint
        /// What it is, by itself.
        let type: String?
        let report: ContentReport?
    }

    private(set) var found: [Found] = []
    private let taker: (any ContentTaker)?
    private let types: FileTypes?
    private var taking = FingerprintTaking()
    private var size = 0
    private var head: [UInt8] = []
    /// The content, if it is not larger than the taker wants it.
    private var content: [UInt8] = []
    private var isWanted = false

    init(taker: (any ContentTaker)?, types: FileTypes?) {
        self.taker = taker
        self.types = types
    }

    func begin(_ member: Member) {
        taking = FingerprintTaking()
        size = 0
        head.removeAll(keepingCapacity: true)
        content = []
        isWanted = taker.map { (member.declaredSize ?? 0) <= $0.largest } ?? false
    }

    func take(_ bytes: Span<UInt8>) {
        taking.update(bytes)
        size += bytes.count
        if head.count < FileTypes.headSize {
            head.append(contentsOf: bytes.extracting(first: FileTypes.headSize - head.count))
        }
        guard isWanted, let taker else { return }
        isWanted = size <= taker.largest
        if isWanted { content.append(contentsOf: bytes) } else { content = [] }
    }

    func end(_ member: Member, _ outcome: MemberOutcome) {
        // Of an encrypted member there are no bytes, of a cut one not all: a digest of those would be that of nothing.
        guard outcome == .complete || outcome == .damaged else { return }
        let fingerprint = taken()
        found.append(
            Found(
                member: member, fingerprint: fingerprint, type: types?.mediaType(ofHead: head.span),
                report: report(fingerprint)))
    }

    private func taken() -> Fingerprint {
        var done = FingerprintTaking()
        swap(&done, &taking)
        return done.fingerprint()
    }

    private func report(_ fingerprint: Fingerprint) -> ContentReport? {
        guard let taker else { return nil }
        return taker.report(on: fingerprint) ?? taker.take(content, fingerprint)
    }
}

extension [UInt8] {
    fileprivate mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

/// Who tells types, one for each thread at work: loading libmagic's data base takes milliseconds.
enum FileTypesPool {
    /// Unchecked, because libmagic's cookie is no one's but the borrower's: the mutex gives it to one at a time.
    private struct Idle: @unchecked Sendable {
        let types: FileTypes
    }

    /// Kept when nobody needs them.
    private static let limit = 64
    private static let idle = Mutex<[Idle]>([])

    /// Lends one; nil when libmagic cannot be set up, and then nobody says what a content is.
    static func borrow<Value, Failure: Error>(
        _ work: (FileTypes?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let types = idle.withLock { $0.popLast() } ?? (try? FileTypes()).map(Idle.init)
        defer {
            if let types { idle.withLock { if $0.count < limit { $0.append(types) } } }
        }
        return try work(types?.types)
    }
}
