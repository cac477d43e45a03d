// SPDX-License-Identifier: Apache-2.0

package import Logging

/// What becomes of retained objects.
package struct ObjectLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func takenIn(objects: Int) {
        write(.info, "objects.taken_in", ["objects": objects])
    }

    /// A spool file ends in the middle of an object; what was whole was taken in.
    package func cutSpool(file: String) {
        write(.warning, "objects.cut_spool", ["file": file])
    }

    /// Their bytes went for room or for age; fingerprints stay.
    package func evicted(objects: Int) {
        write(.notice, "objects.evicted", ["objects": objects])
    }

    /// They are encrypted with another key now.
    package func renewed(objects: Int, key: Int) {
        write(.notice, "objects.renewed", ["objects": objects, "key": key])
    }
}
