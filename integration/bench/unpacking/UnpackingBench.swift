// SPDX-License-Identifier: Apache-2.0

// What unpacking one file takes: `bench-unpacking FILE` prints milliseconds of the processor, the peak of the process's memory in KiB, bytes
// lent, and the findings. Everything that is lent is fingerprinted, as at delivery; `run` beside this feeds it the bombs.

import Bytes
import Fingerprints
import Foundation
import Unpacking

/// Fingerprints what it is lent.
private struct Fingerprinting: MemberConsumer {
    var size = 0
    var members = 0
    private var taking = Holder()

    /// A consumer is copied nowhere; the fingerprint in the making may not be.
    private final class Holder {
        var taking = FingerprintTaking()
    }

    mutating func begin(_ member: Member) { taking = Holder() }

    mutating func take(_ bytes: Span<UInt8>) {
        taking.taking.update(bytes)
        size += bytes.count
    }

    mutating func end(_ member: Member, _ outcome: MemberOutcome) { members += 1 }
}

private func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}

private let name = CommandLine.arguments.dropFirst().first ?? ""
private let content = Array(FileManager.default.contents(atPath: name) ?? Data())
private var unpacker = Unpacker()
private var consumer = Fingerprinting()
private let before = peakMemory()
private let start = clock()
private let report = unpacker.unpack(content, as: Member(path: [Array("a".utf8)]), into: &consumer)
private let milliseconds = (clock() - start) * 1_000 / Int(CLOCKS_PER_SEC)
private let findings = Set(report.findings.map(\.kind.description)).sorted().joined(separator: ", ")
print("\(milliseconds)\t\(peakMemory())\t\(before)\t\(consumer.size)\t\(consumer.members)\t\(findings)")
