// SPDX-License-Identifier: Apache-2.0

// How fast content is fingerprinted: `bench-digests digests` and `bench-digests tlsh` print bytes a second, best of several
// rounds; `run` beside this compares them with `openssl speed` and with libtlsh.

import Fingerprints
import Foundation

private let size = 16 * 1_024 * 1_024
private let rounds = 7

/// Bytes that are neither uniform nor random: half text-like, half noise.
private let content: [UInt8] = {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<size).map { place in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let byte = UInt8(truncatingIfNeeded: state >> 56)
        return place & 4_096 == 0 ? byte : 0x61 + byte % 26
    }
}()

/// By the time of the processor, as `openssl speed` counts.
private func rate(_ work: () -> Void) -> Double {
    let times = (0..<rounds).map { _ in
        let start = clock()
        work()
        return clock() - start
    }
    return Double(size) / (Double(times.min() ?? 1) / Double(CLOCKS_PER_SEC))
}

switch CommandLine.arguments.dropFirst().first {
case "digests": print(Int(rate { precondition(Fingerprint(of: content).size == size) }))
case "tlsh":
    print(Int(rate { precondition(TLSH(of: content) != nil) }))
case "content": FileHandle.standardOutput.write(Data(content))
default: print("bench-digests digests | tlsh | content")
}
