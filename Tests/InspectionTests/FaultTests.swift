// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail
import Settings
import Testing

@testable import Inspection
@testable import MessagePath

/// What no message does, and so no case shows.
@Suite struct FaultTests {
    @Test(arguments: [("desk@example.com", UnreadAnswer.reject), ("desk@example.net", .tempfail)])
    func `a fault of ours is answered as the message's policy says, or all mail's`(
        sender: String, answer: UnreadAnswer
    ) throws {
        let text = """
            milter:
              on_fault: tempfail
              on_limit: pass
              policies:
                - name: careful
                  senders: [example.com]
                  on_fault: reject
            """
        let url = Override("click.url", Site.clickURL.text, option: "the test's site")
        let settings = try Configuration(text: Array(text.utf8), file: "test.yaml", overrides: [url]).milter
        let message = Site.received(Array("Subject: x\r\n\r\n".utf8), sender: sender)
        let policy = Policies(settings, at: Site.time).policy(for: SiteMail().context(of: message))
        #expect(policy.answer(to: .patch(.outOfBounds(0..<1))) == answer)
        #expect(policy.answer(to: .limit("links")) == .pass)
    }
}
