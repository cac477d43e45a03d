// SPDX-License-Identifier: Apache-2.0

// Containers under the fuzzer: what is lent must stay within the bounds, each member's calls must come together, and every
// walk must end.

import Bytes
import Unpacking

/// Checks the order of the calls.
private struct Checking: MemberConsumer {
    var size = 0
    var members = 0
    private var open: Member?

    mutating func begin(_ member: Member) {
        guard open == nil else { fatalError("a member within a member") }
        open = member
        members += 1
    }

    mutating func take(_ bytes: Span<UInt8>) {
        guard open != nil else { fatalError("bytes of no member") }
        size += bytes.count
        // Every byte can be read.
        var sum: UInt8 = 0
        for place in bytes.indices { sum &+= bytes[place] }
        _ = sum
    }

    mutating func end(_ member: Member, _ outcome: MemberOutcome) {
        guard open == member else { fatalError("the end of another member") }
        open = nil
    }
}

private let limits: UnpackingLimits = {
    var limits = UnpackingLimits()
    limits.unpackedBytes = 4 * 1_024 * 1_024
    limits.ratioAllowance = 1_024 * 1_024
    limits.heldBytes = 1_024 * 1_024
    limits.members = 200
    return limits
}()

/// What libFuzzer calls.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    var unpacker = Unpacker(limits: limits, passwords: [Array("infected".utf8)])
    var checking = Checking()
    let report = unpacker.unpack(input, as: Member(path: [Array("input".utf8)]), into: &checking)
    guard checking.size <= limits.unpackedBytes + input.count else { fatalError("more than the bound was lent") }
    guard checking.members <= limits.members + 1 else { fatalError("more members than the bound") }
    if !report.bounds.isEmpty, report.isComplete { fatalError("over a bound and complete") }
    var words = PasswordWords()
    words.add(text: input)
    return 0
}
