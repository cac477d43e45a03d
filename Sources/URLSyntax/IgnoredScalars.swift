// SPDX-License-Identifier: Apache-2.0

/// The characters that UTS 46 maps to nothing: soft hyphen, zero-width space, variation selectors and the like.
///
/// A sender may put any number of them into a host and browsers still open it; they go before the size of the name is
/// judged, or a limit of ours would be a way past us. As in Unicode 16; a test asks ICU about each.
enum IgnoredScalars {
    static let ranges: [ClosedRange<UInt32>] = [
        0xAD...0xAD, 0x34F...0x34F, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200B,
        0x2060...0x2064, 0x206A...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0,
        0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0100...0xE01EF,
    ]

    static func contains(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0xAD && ranges.contains { $0.contains(scalar.value) }
    }
}
