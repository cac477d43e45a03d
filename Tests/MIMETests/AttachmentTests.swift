// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

/// Testing has an Attachment of its own.
private typealias Reason = MIME.Attachment.Reason

@Suite struct AttachmentTests {
    @Test(arguments: [
        ("Content-Type: text/html", nil), ("Content-Type: text/plain\nContent-Disposition: inline", nil),
        ("Content-Type: text/plain\nContent-Disposition: attachment", Reason.disposition),
        ("Content-Type: text/plain; name=a.txt", .name), ("Content-Disposition: inline; filename=a.txt", .name),
        ("Content-Type: image/png\nContent-Disposition: inline", .type), ("Content-Type: application/pdf", .type),
        ("Content-Disposition: strange", .disposition),
    ])
    func `a leaf is an attachment by disposition, name or type`(fields: String, reason: MIME.Attachment.Reason?) throws
    {
        let tree = try EntityTree.parse(crlf("\(fields)\n\nx"))
        #expect(tree.attachments.first?.reason == reason)
    }

    @Test func `attachments are found at any depth`() throws {
        let tree = try EntityTree.parse(
            crlf(
                """
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: message/rfc822

                Content-Type: multipart/mixed; boundary=c

                --c

                body
                --c
                Content-Type: application/pdf; name="x.pdf"
                Content-Transfer-Encoding: base64

                aGk=
                --c--
                --b--
                """))
        let attachment = try #require(tree.attachments.first)
        #expect(tree.attachments.count == 1)
        #expect(attachment.entity.part == "1.2")
        #expect(attachment.name == "x.pdf")
        #expect(tree.decoded(attachment.entity).bytes.text == "hi")
    }
}
