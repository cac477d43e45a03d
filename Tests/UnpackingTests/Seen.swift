// SPDX-License-Identifier: Apache-2.0

import Bytes
import Unpacking

/// Takes everything that unpacking lends.
struct Collecting: MemberConsumer {
    var contents: [String: [UInt8]] = [:]
    var members: [String: Member] = [:]
    var outcomes: [String: MemberOutcome] = [:]
    /// What came in all, kept or not.
    var size = 0
    /// Whether contents are kept.
    var keeps = true
    private var open: [UInt8]?

    mutating func begin(_ member: Member) { open = [] }

    mutating func take(_ bytes: Span<UInt8>) {
        size += bytes.count
        if keeps { for place in bytes.indices { open?.append(bytes[place]) } }
    }

    mutating func end(_ member: Member, _ outcome: MemberOutcome) {
        let place = member.place.text
        contents[place] = open
        members[place] = member
        outcomes[place] = outcome
        open = nil
    }
}

/// What came out of one attachment.
struct Seen {
    let taken: Collecting
    let report: UnpackingReport

    var members: [String: [UInt8]] { taken.contents }

    init(
        of content: [UInt8], named name: String, type: String? = nil, passwords: [String] = [],
        limits: UnpackingLimits = UnpackingLimits(), keeps: Bool = true
    ) {
        var unpacker = Unpacker(limits: limits, passwords: passwords.map { Array($0.utf8) })
        var taking = Collecting()
        taking.keeps = keeps
        report = unpacker.unpack(
            content, as: Member(path: [Array(name.utf8)], declaredType: type), into: &taking)
        taken = taking
    }
}
