// SPDX-License-Identifier: Apache-2.0

/// A format that holds other content.
package enum ContainerKind: String, Hashable, Sendable, CaseIterable {
    case zip, tar, cpio, ar, cab, iso, rar, lha, xar
    case sevenZip = "7z"
    case rar5
    // One content, compressed.
    case gzip, bzip2, xz, lzma, lzip, zstd, lz4, compress
    case message
    /// A signature with what it signs inside (CMS SignedData): `smime.p7m`.
    case signed
    /// Outlook's own `winmail.dat`, with body and attachments (MS-OXTNEF).
    case tnef
    /// A document that may have files embedded.
    case pdf
    // Known, and not opened here.
    case arj, ace, alz, egg, vhd, vhdx, dmg, wim, udf
    /// A message or a document that is encrypted as a whole.
    case encryptedOffice = "encrypted office"

    /// Holds one content, compressed.
    var isFilter: Bool {
        switch self {
        case .gzip, .bzip2, .xz, .lzma, .lzip, .zstd, .lz4, .compress: true
        default: false
        }
    }

    /// Can be read from front to back, so that it need not be held.
    var isSequential: Bool { self == .tar || self == .cpio }

    /// Whether there is a reader for it.
    var isSupported: Bool {
        switch self {
        case .arj, .ace, .alz, .egg, .vhd, .vhdx, .dmg, .wim, .udf, .xar, .encryptedOffice: false
        default: true
        }
    }
}
