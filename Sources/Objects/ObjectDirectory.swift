// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The store's files: `<first two digits>/<SHA-256>`, each one sealed object, written beside and renamed into place.
///
/// rearguardd alone writes here; the milter asks whether an object is there.
package struct ObjectDirectory: Sendable {
    private let path: String

    package init(path: String) {
        self.path = path
    }

    /// Makes the directory; one that is there is fine.
    package func make() throws(ObjectError) {
        // 0711: the milter passes through to a name it knows, and lists nothing.
        try ObjectNames.makeDirectory(path, 0o711)
    }

    package func contains(_ sha256Hex: String) -> Bool { ObjectNames.exists(file(sha256Hex)) }

    /// Keeps the object; one that is there stays.
    package func put(_ object: SealedObject) throws(ObjectError) {
        guard !contains(object.header.sha256Hex) else { return }
        try replace(object)
    }

    /// Keeps the object in place of what is there.
    package func replace(_ object: SealedObject) throws(ObjectError) {
        let name = object.header.sha256Hex
        try make()
        try ObjectNames.makeDirectory(folder(name), 0o711)
        let fresh = folder(name) + "/." + name
        let file = try ObjectFile.create(fresh)
        try file.write(object.bytes)
        try file.synchronize()
        try ObjectNames.rename(fresh, self.file(name))
    }

    /// Nil when it is not there.
    package func object(_ sha256Hex: String) throws(ObjectError) -> SealedObject? {
        guard let file = try ObjectFile.read(self.file(sha256Hex)) else { return nil }
        guard let object = SealedObject(try file.read(file.size)), object.header.sha256Hex == sha256Hex else {
            throw ObjectError("\(file.path): is no object of that name")
        }
        return object
    }

    /// Takes the bytes away; what is not there is fine.
    package func remove(_ sha256Hex: String) throws(ObjectError) { try ObjectNames.remove(file(sha256Hex)) }

    private func folder(_ name: String) -> String { "\(path)/\(name.prefix(2))" }
    private func file(_ name: String) -> String { "\(folder(name))/\(name)" }
}
