// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What is known of one part of a condition, while it is read.
enum ConditionValue {
    /// True only if this is met.
    case truth(Requirement)
    case number(Int64)
    /// The size of the object.
    case size
    /// How often a string with this requirement stands there.
    case count(Requirement)
    /// A number at an offset; nil when the offset is no constant.
    case read(HeadRead, offset: Int64?)
    case unknown

    enum Order {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

        /// The same said from the other side.
        var mirrored: Order {
            switch self {
            case .equal, .notEqual: self
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            }
        }
    }

    /// What must be so that the value, taken as a truth, is true.
    var requirement: Requirement {
        switch self {
        case .truth(let requirement), .count(let requirement): requirement
        case .number(let number): number == 0 ? .never : .always
        case .size, .read, .unknown: .always
        }
    }

    var constant: Int64? {
        if case .number(let number) = self { number } else { nil }
    }

    static func compared(_ one: ConditionValue, _ order: Order, _ other: ConditionValue) -> ConditionValue {
        switch (one, other) {
        case (.size, .number(let number)): .truth(size(order, number))
        case (.number(let number), .size): .truth(size(order.mirrored, number))
        case (.count(let needed), .number(let number)): .truth(count(needed, order, number))
        case (.number(let number), .count(let needed)): .truth(count(needed, order.mirrored, number))
        case (.read(let read, let offset?), .number(let number)), (.number(let number), .read(let read, let offset?)):
            .truth(order == .equal ? read.requirement(offset: offset, value: number) : .always)
        default: .truth(.always)
        }
    }

    private static func size(_ order: Order, _ number: Int64) -> Requirement {
        switch order {
        case .equal: number < 0 ? .never : .size(number...number)
        case .notEqual: .always
        case .less: number <= 0 ? .never : .size(0...number - 1)
        case .lessOrEqual: number < 0 ? .never : .size(0...number)
        case .greater: number == .max ? .never : .size(max(0, number + 1)...Int64.max)
        case .greaterOrEqual: .size(max(0, number)...Int64.max)
        }
    }

    /// A string must be there when only counts over zero will do.
    private static func count(_ needed: Requirement, _ order: Order, _ number: Int64) -> Requirement {
        switch order {
        case .equal, .greaterOrEqual: number > 0 ? needed : .always
        case .greater: number >= 0 ? needed : .always
        case .notEqual: number == 0 ? needed : .always
        case .less, .lessOrEqual: .always
        }
    }

    /// Constants are worked out; what overflows or divides by nothing is not known.
    static func computed(_ one: ConditionValue, _ sign: UInt8, _ other: ConditionValue) -> ConditionValue {
        if case .count(let one) = one, case .count(let other) = other, sign == "+" {
            return .count(.any(of: [one, other]))
        }
        guard case .number(let one) = one, case .number(let other) = other else { return .unknown }
        let result: (partialValue: Int64, overflow: Bool)
        switch sign {
        case "+": result = one.addingReportingOverflow(other)
        case "-": result = one.subtractingReportingOverflow(other)
        case "*": result = one.multipliedReportingOverflow(by: other)
        case "\\" where other != 0: result = one.dividedReportingOverflow(by: other)
        case "%" where other != 0: result = one.remainderReportingOverflow(dividingBy: other)
        case "&": result = (one & other, false)
        case "|": result = (one | other, false)
        case "^": result = (one ^ other, false)
        default: return .unknown
        }
        return result.overflow ? .unknown : .number(result.partialValue)
    }
}

/// How many members of a set have to hold.
struct Quantifier {
    private enum Kind {
        case all, some
        case count(Int64)
        case percent(Int64)
        /// None, or not known before the scan.
        case open
    }

    private let kind: Kind

    init(word: String) {
        kind = word == "all" ? .all : word == "any" ? .some : .open
    }

    init(_ value: ConditionValue, isPercent: Bool) {
        guard let number = value.constant, number > 0 else {
            kind = .open
            return
        }
        kind = isPercent ? .percent(min(number, 100)) : .count(number)
    }

    /// Whether a loop that runs not at all is false.
    var needsOne: Bool {
        switch kind {
        case .some, .count: true
        case .all, .percent, .open: false
        }
    }

    func requirement(over set: [Requirement]) -> Requirement {
        switch kind {
        case .all: .all(of: set)
        case .some: .any(of: set)
        case .count(let count): .atLeast(Int(clamping: count), of: set)
        case .percent(let percent): .atLeast((set.count * Int(percent) + 99) / 100, of: set)
        case .open: .always
        }
    }
}

/// `uint16(…)` and its kin: a number read from the bytes of the object.
struct HeadRead {
    private let size: Int
    private let isSigned: Bool
    private let isBigEndian: Bool

    init?(_ word: String) {
        var name = word[...]
        isBigEndian = name.hasSuffix("be")
        if isBigEndian { name = name.dropLast(2) }
        isSigned = name.hasPrefix("int")
        switch name {
        case "int8", "uint8": size = 1
        case "int16", "uint16": size = 2
        case "int32", "uint32": size = 4
        default: return nil
        }
    }

    /// That the number stands there; nothing known where the index keeps no bytes.
    func requirement(offset: Int64, value: Int64) -> Requirement {
        let bits = Int64(size * 8)
        let (low, high): (Int64, Int64) = isSigned ? (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) : (0, (1 << bits) - 1)
        guard offset >= 0, offset + Int64(size) <= Requirement.headSize else { return .always }
        guard low...high ~= value else { return .never }
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
        return .head(offset: Int(offset), bytes: isBigEndian ? bytes.reversed() : bytes)
    }
}
