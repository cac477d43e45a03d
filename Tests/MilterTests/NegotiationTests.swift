// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Milter

@Suite struct NegotiationTests {
    @Test func `an MTA that offers everything is taken`() {
        #expect(Negotiation.missing(offeredActions: 0x1FF, offeredSteps: 0x1F_FFFF) == nil)
    }

    @Test func `an MTA that wants a reply to every step is refused by name`() {
        let missing = Negotiation.missing(offeredActions: 0x1FF, offeredSteps: 0x7F)
        #expect(missing == "protocol steps 0x1cc380 (milter protocol 6)")
    }

    @Test func `an MTA that lets nobody change the body is refused`() {
        #expect(Negotiation.missing(offeredActions: 0x1FD, offeredSteps: 0x1F_FFFF) == "actions 0x2")
    }
}
