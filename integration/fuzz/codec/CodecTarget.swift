// SPDX-License-Identifier: Apache-2.0

// Transfer encodings and charsets under the fuzzer: the first two bytes choose, the rest is the content of one part.
// What is patched must be what is read again.

import Bytes
import MIME

private let encodings = ["quoted-printable", "base64", "8bit", "7bit", "x-uuencode", "binary"]
private let charsets = [
    "utf-8", "us-ascii", "windows-1252", "koi8-r", "shift_jis", "gbk", "big5", "euc-kr", "iso-2022-jp", "iso-2022-kr",
    "iso-2022-cn", "hz", "utf-7", "utf-16", "utf-16be", "utf-32", "ibm037", "johab", "euc-jp", "x-unknown", "scsu",
]
private let word = ("http://a.example/PUT-HERE" as StaticString).bytes

/// What libFuzzer calls.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    check(
        encodings[Int(input[0]) % encodings.count], charsets[Int(input[1]) % charsets.count], Array(input.dropFirst(2)))
    return 0
}

private func check(_ encoding: String, _ charset: String, _ content: [UInt8]) {
    let type = "Content-Type: text/html; charset=\(charset)\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n"
    guard let tree = try? EntityTree.parse(Array(type.utf8) + content) else { return }
    let text = tree.text(tree.root)
    // Never within a character of UTF-8, where no link begins: what is valid stays valid.
    var place = text.bytes.count / 2
    while place < text.bytes.count, text.bytes[place] & 0xC0 == 0x80 { place += 1 }
    guard let change = try? text.change([Patch(range: place..<place, replacement: word)]) else {
        fatalError("a patch within bounds was refused")
    }
    let all = (tree.patches(for: change.fields) + change.patches).sorted {
        ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    guard let message = try? all.applied(to: tree.bytes), let again = try? EntityTree.parse(message) else {
        fatalError("patches that do not fit")
    }
    // An open multi-byte character before the word may swallow nothing of it: it was written as UTF-8.
    guard again.text(again.root).bytes.firstRange(of: word) != nil else { fatalError("the word is not there") }
    guard tree.decoded(tree.root).bytes.isEmpty || !change.patches.isEmpty else { fatalError("nothing changed") }
}
