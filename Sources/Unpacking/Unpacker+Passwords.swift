// SPDX-License-Identifier: Apache-2.0

/// Finding the password of a container before it is read: a wrong one shows only after some bytes (the old zip encryption
/// lets one of 256 through), and those must reach nobody.
extension Unpacker {
    /// Bytes that must come out right before a password counts as the one, if the member has more: its checksum decides
    /// for all smaller ones, and garbage hardly inflates that long.
    private static let proofSize = 1_024 * 1_024

    mutating func password(for container: OpenContainer) -> [UInt8]? {
        guard container.kind == .zip, !passwords.isEmpty, let index = firstLocked(in: container) else {
            return nil
        }
        return passwords.first { opens(container, index, with: $0) }
    }

    /// The number of the first member that is encrypted.
    private func firstLocked(in container: OpenContainer) -> Int? {
        guard var reader = container.reader(nil, self) else { return nil }
        for index in 0..<limits.members {
            guard case .entry(let entry) = reader.next() else { return nil }
            if entry.isEncrypted { return index }
        }
        return nil
    }

    private func opens(_ container: OpenContainer, _ index: Int, with password: [UInt8]) -> Bool {
        guard var reader = container.reader(password, self) else { return false }
        for _ in 0...index {
            guard case .entry = reader.next() else { return false }
        }
        var size = 0
        while size < Self.proofSize {
            switch reader.read({ size += $1.count }) {
            case .lent: continue
            case .end: return true
            case .locked, .broken, .late: return false
            }
        }
        return true
    }
}
