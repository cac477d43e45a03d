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

    /// A file of the index is not what was written; its objects are read again behind the scenes.
    package func indexDamaged(cause: String) {
        write(.error, "objects.index_damaged", ["cause": cause])
    }

    /// Rescans read the objects that it would have held, until it can be written.
    package func indexNotWritten(cause: String) {
        write(.error, "objects.index_not_written", ["cause": cause])
    }

    /// Objects that the index did not know were read.
    package func indexRebuilt(objects: Int, time: Duration) {
        write(.warning, "objects.index_rebuilt", ["objects": objects, "ms": milliseconds(time)])
    }

    /// Files of the index went, because nothing of them is kept.
    package func indexDropped(files: Int) {
        write(.info, "objects.index_dropped", ["files": files])
    }
}
