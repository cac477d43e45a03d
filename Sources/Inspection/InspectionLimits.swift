// SPDX-License-Identifier: Apache-2.0

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

    package init() {
        part.findsPictures = true
    }
}
