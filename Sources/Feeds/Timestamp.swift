// SPDX-License-Identifier: Apache-2.0

/// Times as feeds write them: `2026-11-26T21:00:00.123Z` (RFC 3339, always UTC in STIX and TAXII).
enum Timestamp {
    /// Milliseconds since 1970, UTC; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month),
            (1...31).contains(day),
            hour < 24, minute < 60, second <= 60, (1970...9999).contains(year)
        else { return nil }
        var fraction: Int64 = 0
        if bytes[19] == UInt8(ascii: ".") {
            let digits = bytes[20..<(bytes.count - 1)].prefix(3)
            guard let value = number(digits.startIndex..<digits.endIndex) else { return nil }
            fraction = value * [1_000, 100, 10, 1][digits.count]
        } else if bytes.count != 20 {
            return nil
        }
        return ((days(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + fraction
    }

    /// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "days_from_civil").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
