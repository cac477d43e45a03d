// SPDX-License-Identifier: Apache-2.0

import Mail
import Testing

@Suite struct MailTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `a message reference is written as 16 digits and read back`() {
        let reference = MessageReference(bits: 0x00AB_CDEF_0123_4567)
        #expect(reference.description == "00abcdef01234567")
        #expect(MessageReference(text: "00ABCDEF01234567") == reference)
        #expect(reference.bytes == [0x00, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67])
    }

    @Test(arguments: ["", "00abcdef0123456", "00abcdef012345678", "00abcdef0123456g"])
    func `anything else is no message reference`(text: String) {
        #expect(MessageReference(text: text) == nil)
    }

    @Test func `angle brackets are no part of an address`() {
        #expect(ReversePath(bytes("<a@example.org>")) == .address(bytes("a@example.org")))
        #expect(ReversePath(bytes("<>")) == .null)
        #expect(ReversePath(bytes("")) == .null)
        #expect(ForwardPath(bytes("b@example.net")).text == "b@example.net")
        #expect(ForwardPath(bytes("<")).bytes == bytes("<"))
    }

    @Test func `header field names are equal without case`() {
        #expect(HeaderFieldName(bytes("x-rearguard-ID")) == .stamp)
        #expect(HeaderFieldName(bytes("x-rearguard-ID")).hashValue == HeaderFieldName.stamp.hashValue)
        #expect(HeaderFieldName(bytes("x-rearguard")) != .stamp)
    }

    @Test func `a queue ID cannot forge a log line`() {
        #expect(QueueID(bytes("4XyZ-1\n evil=\"1\"")).description == "4XyZ-1??evil??1?")
        #expect(QueueID([]) == .none)
        #expect(QueueID([UInt8](repeating: 65, count: 1000)).description.count == 64)
    }
}
