// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The attributes that lead somewhere, on one element or another.
enum LinkAttribute: UInt8 {
    case href, xlinkHref, action, formaction, src, data, ping, srcdoc, content, actionXHR, verifyXHR
    /// SMIL: which attribute of the link an animation changes.
    case attributeName
    /// AMP: `on="tap:AMP.navigateTo(…)"`, and `[href]="expression"` with its other spelling.
    case ampAction, ampBinding

    private static let binding = ("data-amp-bind-" as StaticString).bytes

    /// The attribute by its name; nil for all others.
    @inline(__always)
    init?(_ attribute: HTMLAttribute, _ html: Span<UInt8>) {
        let name = attribute.name
        if let known = name.high == 0 ? Self.short(name.low) : Self.long(name.high, name.low) {
            self = known
        } else if html[attribute.nameRange.lowerBound] == 0x5B {
            self = .ampBinding
        } else {
            guard name.high == .max else { return nil }  // a name of more than sixteen bytes
            let range = attribute.nameRange
            guard html.has(Self.binding, at: range.lowerBound, before: range.upperBound) else { return nil }
            self = .ampBinding
        }
    }

    /// A name of no more than eight bytes: nearly all that a message has.
    @inline(__always)
    private static func short(_ name: UInt64) -> LinkAttribute? {
        switch name {
        case 0x6872_6566: .href
        case 0x737263: .src
        case 0x6461_7461: .data
        case 0x6F6E: .ampAction
        case 0x7069_6E67: .ping
        case 0x6163_7469_6F6E: .action
        case 0x7372_6364_6F63: .srcdoc
        case 0x636F_6E74_656E_74: .content
        default: nil
        }
    }

    private static func long(_ high: UInt64, _ low: UInt64) -> LinkAttribute? {
        switch (high, low) {
        case (0x786C, 0x696E_6B3A_6872_6566): .xlinkHref
        case (0x666F, 0x726D_6163_7469_6F6E): .formaction
        case (0x6163, 0x7469_6F6E_2D78_6872): .actionXHR
        case (0x7665, 0x7269_6679_2D78_6872): .verifyXHR
        case (0x61_7474_7269, 0x6275_7465_6E61_6D65): .attributeName
        default: nil
        }
    }

    /// Which of them a tag has had: the first of a name counts.
    struct Set {
        private var bits: UInt16 = 0

        /// Whether it was not there before.
        mutating func insert(_ attribute: LinkAttribute) -> Bool {
            let bit: UInt16 = 1 &<< UInt16(attribute.rawValue)
            defer { bits |= bit }
            return bits & bit == 0
        }
    }
}

extension HTMLName {
    static var href: HTMLName { .init(high: 0, low: 0x6872_6566) }
    static var content: HTMLName { .init(high: 0, low: 0x636F_6E74_656E_74) }
    static var httpEquiv: HTMLName { .init(high: 0x6874, low: 0x7470_2D65_7175_6976) }
    static var encoding: HTMLName { .init(high: 0, low: 0x656E_636F_6469_6E67) }
    static var color: HTMLName { .init(high: 0, low: 0x636F_6C6F_72) }
    static var face: HTMLName { .init(high: 0, low: 0x6661_6365) }
    static var size: HTMLName { .init(high: 0, low: 0x7369_7A65) }
    static var rel: HTMLName { .init(high: 0, low: 0x72656C) }
    static var type: HTMLName { .init(high: 0, low: 0x7479_7065) }
    static var itemprop: HTMLName { .init(high: 0, low: 0x6974_656D_7072_6F70) }
    static var to: HTMLName { .init(high: 0, low: 0x746F) }
    static var from: HTMLName { .init(high: 0, low: 0x6672_6F6D) }
    static var by: HTMLName { .init(high: 0, low: 0x6279) }
    static var values: HTMLName { .init(high: 0, low: 0x7661_6C75_6573) }
}
