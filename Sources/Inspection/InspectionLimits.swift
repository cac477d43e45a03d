// SPDX-License-Identifier: Apache-2.0

package import AttachmentLinks
package import Links
package import MIME
package import Unpacking

/// What one message may hold; beyond it the policy's `onLimit` decides.
package struct InspectionLimits: Sendable {
    /// Links of one message, over all its parts: stops one message from filling the store and from taking minutes to
    /// sign.
    package var links = 10_000
    package var mime = MIMELimits()
    package var part = LinkLimits()
    package var unpacking = UnpackingLimits()
    package var attachment = AttachmentLinkLimits()
    /// Time for the search of all attachments for links.
    package var attachmentTime = Duration.seconds(2)
    /// Encoded bytes of an attachment up to which it is decoded as a whole.
    ///
    /// A larger one is only where its ends say that files are in it: keeps the memory of a large message to its size and a few
    /// MiB.
    package var wholeAttachment = 4 * 1_024 * 1_024

    package init() {
        part.findsPictures = true
        // While mail waits, no more memory and time for one file than documents and codes that people scan need.
        attachment.contentSize = 8 * 1_024 * 1_024
        attachment.inflatedBytes = 16 * 1_024 * 1_024
        attachment.inflatedStream = 4 * 1_024 * 1_024
        attachment.pixels = 2 * 1_024 * 1_024
        attachment.pixelPasses = 32 * 1_024 * 1_024
    }
}
