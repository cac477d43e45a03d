// SPDX-License-Identifier: Apache-2.0

/// Lets the readers of this module compare bytes with the signs of the grammar as they are written.
func ~= (sign: Unicode.Scalar, byte: UInt8) -> Bool { sign.value == byte }
func == (byte: UInt8, sign: Unicode.Scalar) -> Bool { sign.value == byte }
func != (byte: UInt8, sign: Unicode.Scalar) -> Bool { sign.value != byte }
