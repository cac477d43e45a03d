// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Synchronization

/// The Date field of an answer (RFC 9110, section 6.6.1), made once a second.
enum HTTPDate {
    private struct Made {
        var second: Int64 = -1
        var line = ""
    }

    private static let made = Mutex(Made())

    static func line() -> String {
        let now = Int64(Date().timeIntervalSince1970)
        return made.withLock { made in
            if made.second != now { made = Made(second: now, line: "Date: \(text(now))\r\n") }
            return made.line
        }
    }

    /// IMF-fixdate (section 5.6.7) of a second since 1970, UTC.
    static func text(_ seconds: Int64) -> String {
        let days = Int(seconds / 86_400)
        let second = Int(seconds % 86_400)
        // Years begin in March, so that the leap day is the last day; 719,468 days lie between 0000-03-01 and 1970.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(weekdays[(days + 4) % 7]), \(two(day)) \(months[month]) \(year) \(time) GMT"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"]
}
