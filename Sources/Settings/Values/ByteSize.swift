// SPDX-License-Identifier: Apache-2.0

/// Sizes as people write them: `64 MiB`.
enum ByteSize {
    private static let units: [Quantity.Unit] = [
        .init(name: "GiB", factor: 1 << 30), .init(name: "MiB", factor: 1 << 20), .init(name: "KiB", factor: 1 << 10),
        .init(name: "B", factor: 1),
    ]

    /// The bytes; nil for anything but digits and a unit.
    static func parse(_ text: String) -> Int? { Quantity.parse(text, units: units) }

    /// In the largest unit that leaves a whole number.
    static func text(_ bytes: Int) -> String { Quantity.text(bytes, units: units) }
}

/// Spans of time as people write them: `500 ms`, `30 s`, `7 d`.
enum TimeSpan {
    private static let units: [Quantity.Unit] = [
        .init(name: "d", factor: 86_400_000), .init(name: "h", factor: 3_600_000), .init(name: "min", factor: 60_000),
        .init(name: "s", factor: 1_000), .init(name: "ms", factor: 1),
    ]

    /// The span; nil for anything but digits and a unit.
    static func parse(_ text: String) -> Duration? {
        Quantity.parse(text, units: units).map { .milliseconds($0) }
    }

    /// In the largest unit that leaves a whole number.
    static func text(_ span: Duration) -> String {
        let (seconds, attoseconds) = span.components
        return Quantity.text(Int(seconds * 1_000 + attoseconds / 1_000_000_000_000_000), units: units)
    }
}

/// A whole number and a unit, with or without a space between.
enum Quantity {
    struct Unit {
        let name: String
        let factor: Int
    }

    static func parse(_ text: String, units: [Unit]) -> Int? {
        let digits = text.utf8.prefix { $0 &- 0x30 < 10 }
        let rest = text.utf8.dropFirst(digits.count)
        let name = rest.first == 0x20 ? rest.dropFirst() : rest
        guard let number = Int(Substring(digits)), let unit = units.first(where: { $0.name.utf8.elementsEqual(name) })
        else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : value
    }

    static func text(_ value: Int, units: [Unit]) -> String {
        guard let unit = units.first(where: { value.isMultiple(of: $0.factor) && value != 0 }) ?? units.last else {
            return ""
        }
        return "\(value / unit.factor) \(unit.name)"
    }
}
