// SPDX-License-Identifier: Apache-2.0

// MIME under the fuzzer: all readings, every leaf decoded and patched, the message read again.

import Bytes
import MIME

private let word = ("PUT-HERE" as StaticString).bytes

/// What libFuzzer calls.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private func check(_ message: [UInt8]) {
    guard let readings = try? EntityTree.readings(of: message) else { return }
    for other in readings.others {
        for leaf in other.leaves { _ = other.tree.text(leaf) }
    }
    if let normalized = readings.normalized() {
        guard let again = try? EntityTree.readings(of: normalized.bytes), again.others.isEmpty else {
            fatalError("a normalised message has two readings")
        }
    }
    let tree = readings.first
    for leaf in tree.leaves { change(leaf, in: tree) }
}

/// Puts a word into the middle of the text; it must be there when the message is read again.
private func change(_ leaf: Entity, in tree: EntityTree) {
    let text = tree.text(leaf)
    var chunks = 0
    tree.forEachDecodedChunk(leaf) { chunks += $0.count }
    guard chunks == tree.decoded(leaf).bytes.count else { fatalError("chunks that are not the content") }
    let place = text.bytes.count / 2
    guard let change = try? text.change([Patch(range: place..<place, replacement: word)]) else {
        fatalError("a patch within bounds was refused")
    }
    let all = (tree.patches(for: change.fields) + change.patches).sorted {
        ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    guard (try? all.applied(to: tree.bytes)) != nil else { fatalError("patches that do not fit") }
    guard let none = try? text.change([]) else { fatalError("no patches were refused") }
    guard text.normalizes != nil || none.patches.isEmpty && none.fields.isEmpty else {
        fatalError("a part without a changed link changes")
    }
}
