// SPDX-License-Identifier: Apache-2.0

/// Where sealed objects stay: a folder of this host, or a bucket elsewhere.
///
/// A call may wait for disks and peers.
package protocol ObjectStorage: Sendable {
    /// Makes what must be there before anything is kept; what is there is fine.
    func make() throws(ObjectError)

    /// Keeps the object; answers the header of the one that is there now, which may be an older one under another key.
    @discardableResult
    func put(_ object: SealedObject) throws(ObjectError) -> SealedHeader

    /// Keeps the object in place of what is there.
    func replace(_ object: SealedObject) throws(ObjectError)

    /// Nil when it is not there.
    func object(_ sha256Hex: String) throws(ObjectError) -> SealedObject?

    /// Takes the bytes away; what is not there is fine.
    func remove(_ sha256Hex: String) throws(ObjectError)
}
