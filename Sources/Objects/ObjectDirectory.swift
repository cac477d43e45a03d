// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The store's files: `<first two digits>/<SHA-256>`, each one sealed object, written beside and renamed into place.
///
/// rearguardd alone writes here; the milter asks whether an object is there. Where objects are in a bucket, an empty file
/// stands for each, so that the milter need not ask the network.
package struct ObjectDirectory: ObjectStorage {
    private let path: String

    package init(path: String) {
        self.path = path
    }

    package func make() throws(ObjectError) {
        // 0711: the milter passes through to a name it knows, and lists nothing.
        try ObjectNames.makeDirectory(path, 0o711)
    }

    /// Whether it is there, or is marked as kept elsewhere.
    package func contains(_ sha256Hex: String) -> Bool { ObjectNames.exists(file(sha256Hex)) }

    /// One that is there stays, unless it is damaged.
    @discardableResult
    package func put(_ object: SealedObject) throws(ObjectError) -> SealedHeader {
        if let standing = try? self.object(object.header.sha256Hex) { return standing.header }
        try replace(object)
        return object.header
    }

    package func replace(_ object: SealedObject) throws(ObjectError) {
        try write(object.bytes, as: object.header.sha256Hex)
    }

    /// Notes that the object is kept elsewhere; its bytes here go.
    package func mark(_ sha256Hex: String) throws(ObjectError) { try write([], as: sha256Hex) }

    private func write(_ bytes: [UInt8], as name: String) throws(ObjectError) {
        try make()
        try ObjectNames.makeDirectory(folder(name), 0o711)
        let fresh = folder(name) + "/." + name
        let file = try ObjectFile.create(fresh)
        try file.write(bytes)
        try file.synchronize()
        try ObjectNames.rename(fresh, self.file(name))
    }

    package func object(_ sha256Hex: String) throws(ObjectError) -> SealedObject? {
        guard let file = try ObjectFile.read(self.file(sha256Hex)), file.size > 0 else { return nil }
        guard let object = SealedObject(try file.read(file.size)), object.header.sha256Hex == sha256Hex else {
            throw ObjectError("\(file.path): is no object of that name")
        }
        return object
    }

    package func remove(_ sha256Hex: String) throws(ObjectError) { try ObjectNames.remove(file(sha256Hex)) }

    private func folder(_ name: String) -> String { "\(path)/\(name.prefix(2))" }
    private func file(_ name: String) -> String { "\(folder(name))/\(name)" }
}
