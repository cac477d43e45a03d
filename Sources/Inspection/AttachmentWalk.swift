// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Bytes
import Fingerprints
import Synchronization
import Unpacking

/// Takes the fingerprints of an attachment and of everything in it, while their contents are lent; gives the contents on,
/// and has them searched for links.
final class AttachmentWalk: MemberConsumer {
    /// One content that was seen to its end, or to where its container is broken.
    struct Found {
        let member: Member
        let fingerprint: Fingerprint
        /// What it is, by itself.
        let type: String?
        let report: ContentReport?
        /// Where it leads; nil for what was not searched.
        let scan: AttachmentScan?
    }

    private(set) var found: [Found] = []
    private let taker: (any ContentTaker)?
    private let types: FileTypes?
    private let search: AttachmentSearchRun
    /// The attachment itself is text that the message shows, and searched as such.
    private let isRootText: Bool
    private var taking = FingerprintTaking()
    private var member: Member?
    private var size = 0
    /// The content's begin, as far as somebody wants it; never less than types are told by.
    private var content: [UInt8] = []
    /// Bytes of the content that the search wants; nil until its first ones have told.
    private var searchedSize: Int?
    private var isForTaker = false

    init(taker: (any ContentTaker)?, types: FileTypes?, search: AttachmentSearchRun, isRootText: Bool) {
        self.taker = taker
        self.types = types
        self.search = search
        self.isRootText = isRootText
    }

    func begin(_ member: Member) {
        self.member = member
        taking = FingerprintTaking()
        size = 0
        content = []
        searchedSize = member.depth == 0 && isRootText ? 0 : nil
        isForTaker = taker.map { (member.declaredSize ?? 0) <= $0.largest } ?? false
    }

    func take(_ bytes: Span<UInt8>) {
        taking.update(bytes)
        size += bytes.count
        if isForTaker, let taker, size > taker.largest {
            isForTaker = false
            content.removeLast(max(0, content.count - wantedSize))
        }
        let room = isForTaker ? bytes.count : wantedSize - content.count
        if room > 0 { content.append(contentsOf: bytes.extracting(first: room)) }
        if searchedSize == nil, content.count >= FileTypes.headSize, let member {
            searchedSize = search.wantedSize(of: content, member, type: type)
            // What came in the same piece.
            let (left, more) = (size - content.count, wantedSize - content.count)
            if left > 0, more > 0 { content.append(contentsOf: bytes.extracting(last: left).extracting(first: more)) }
        }
    }

    func end(_ member: Member, _ outcome: MemberOutcome) {
        defer { content = [] }
        // Of an encrypted member there are no bytes, of a cut one not all: a digest of those would be that of nothing.
        guard outcome == .complete || outcome == .damaged else { return }
        let (fingerprint, type) = (taken(), type)
        let scan = searchedSize == 0 ? nil : search.scan(content, of: size, member, type: type)
        found.append(
            Found(member: member, fingerprint: fingerprint, type: type, report: report(fingerprint), scan: scan))
    }

    /// Bytes that are kept for types and the search.
    private var wantedSize: Int { max(FileTypes.headSize, searchedSize ?? 0) }

    private var type: String? {
        let begin = content  // the class's own could change while it is lent
        return types?.mediaType(ofHead: begin.span)
    }

    private func taken() -> Fingerprint {
        var done = FingerprintTaking()
        swap(&done, &taking)
        return done.fingerprint()
    }

    private func report(_ fingerprint: Fingerprint) -> ContentReport? {
        guard let taker else { return nil }
        return taker.report(on: fingerprint) ?? taker.take(isForTaker ? content : [], fingerprint)
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
