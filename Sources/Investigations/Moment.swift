// SPDX-License-Identifier: Apache-2.0

private import Foundation

/// A time as people read it: `2026-11-24 00:12:03 UTC`.
struct Moment: CustomStringConvertible {
    let description: String

    /// From milliseconds since 1970, UTC.
    init(_ milliseconds: Int64) {
        // Seconds are enough for people; what has to be exact is in the JSON.
        let text = Date(timeIntervalSince1970: Double(milliseconds / 1_000)).ISO8601Format()
        description = text.replacing("T", with: " ").replacing("Z", with: " UTC")
    }
}
