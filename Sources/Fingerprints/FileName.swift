// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A file's name as the sender gave it, what people see of it, and a form that is safe to write to a disk.
///
/// The name is evidence, never identity. `U+202E` makes `invoice‮fdp.exe` look like `invoiceexe.pdf`; a hundred spaces push
/// the real ending out of sight; `../` and `CON` are for whoever saves it unthinkingly. Each such trick has a name here.
package struct FileName: Hashable, Sendable {
    /// Something about a name that honest programs do not do, as records say it.
    package enum Trick: String, Hashable, Sendable, CaseIterable {
        /// Bytes that are no UTF-8.
        case encoding
        /// Control characters, line ends among them.
        case control
        /// Characters that change the direction of what follows.
        case direction
        /// Characters that have no width, or look like a space.
        case invisible
        /// A path, or a part of one.
        case path
        /// A device of Windows (`CON`, `LPT1`).
        case device
        /// A dot or a space at the end, which Windows drops.
        case ending
        /// A colon, which on NTFS opens a stream of another file.
        case stream
        /// The ending of a document before that of a program: `invoice.pdf.exe`.
        case doubleEnding = "double ending"
        /// So many spaces that the ending is out of sight.
        case padding
        /// The ending that people see is not the one that counts.
        case disguise
        /// Longer than a file system takes.
        case length
    }

    /// As given.
    package let given: [UInt8]
    /// Safe to write and to show: one path component of at most `maximalSize` bytes of UTF-8; never empty.
    package let safe: String
    /// As a person reads it: without what is invisible, and turned where the direction turns.
    package let shown: String
    package let tricks: Set<Trick>

    /// Bytes of a safe name: file systems take 255, and something may have to be put behind it.
    package static let maximalSize = 200
    /// Bytes of a name that are looked at.
    private static let readSize = 4_096
    /// Spaces in a row that nobody types.
    private static let paddingSize = 8

    package init(_ given: [UInt8]) {
        self.given = given
        let text = given.prefix(Self.readSize).text
        let scalars = Array(text.unicodeScalars)
        var tricks: Set<Trick> = []
        let last = Self.lastComponent(of: scalars)
        if last.count != scalars.count { tricks.insert(.path) }
        if given.count > 255 { tricks.insert(.length) }
        if String(validating: given.prefix(Self.readSize), as: UTF8.self) == nil, given.count <= Self.readSize {
            tricks.insert(.encoding)
        }
        Self.judgeCharacters(of: scalars, &tricks)
        let plain = last.filter { !$0.isUnseen }
        let name = Self.trimmed(plain)
        if name.count != Self.trimmedStart(plain).count { tricks.insert(.ending) }
        if Self.isDevice(name) { tricks.insert(.device) }
        shown = Self.text(Self.turned(last).filter { !$0.isUnseen })
        let ending = Self.ending(of: Self.text(name))
        if Self.ending(of: shown.trimmingSpaces) != ending { tricks.insert(.disguise) }
        if Self.hasDoubleEnding(Self.text(name)) { tricks.insert(.doubleEnding) }
        safe = Self.made(safe: name)
        self.tricks = tricks
    }

    /// The ending that decides which program opens the file, in lower case and without its dot; empty when there is none.
    package var ending: String { Self.ending(of: safe) }
}

// MARK: - Characters

extension FileName {
    private static func judgeCharacters(of scalars: [Unicode.Scalar], _ tricks: inout Set<Trick>) {
        var spaces = 0
        for scalar in scalars {
            if scalar.isControl { tricks.insert(.control) }
            if scalar.isDirection { tricks.insert(.direction) }
            if scalar.isInvisible { tricks.insert(.invisible) }
            if scalar == ":" { tricks.insert(.stream) }
            spaces = scalar.properties.isWhitespace ? spaces + 1 : 0
            if spaces == paddingSize { tricks.insert(.padding) }
        }
    }

    /// What stands behind the last separator of a path, of whatever system; all of it when nothing does.
    private static func lastComponent(of scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard let place = scalars.lastIndex(where: \.isSeparator) else { return scalars }
        return Array(scalars[(place + 1)...])
    }

    private static func trimmedStart(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        Array(scalars.drop { $0.properties.isWhitespace })
    }

    private static func trimmed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var scalars = trimmedStart(scalars)
        while let last = scalars.last, last == "." || last.properties.isWhitespace { scalars.removeLast() }
        return scalars
    }

    /// The characters in the order in which they are seen.
    ///
    /// Only what an override, embedding or isolate to the right turns: enough to know the ending that a person sees. Up to
    /// its end everything is turned; marks within one another are not told apart.
    private static func turned(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var seen: [Unicode.Scalar] = []
        var turning: [Unicode.Scalar]?
        for scalar in scalars {
            switch scalar.value {
            case 0x202E, 0x202B,
                0x2067 where turning == nil:
                turning = []
            case 0x202C, 0x2069:
                seen += (turning ?? []).reversed()
                turning = nil
            default: if turning?.append(scalar) == nil { seen.append(scalar) }
            }
        }
        return seen + (turning ?? []).reversed()
    }

    private static func text(_ scalars: [Unicode.Scalar]) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}

// MARK: - The ending, and a safe form

extension FileName {
    private static func ending(of name: String) -> String {
        let bytes = Array(name.utf8)
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), bytes.count - dot <= 17 else { return "" }
        return bytes[(dot + 1)...].lowercased.text
    }

    private static func hasDoubleEnding(_ name: String) -> Bool {
        let ending = ending(of: name)
        guard !ending.isEmpty, FileKind(ending: ending)?.isActive == true else { return false }
        let before = String(name.dropLast(ending.count + 1)).trimmingSpaces
        return FileKind(ending: Self.ending(of: before)).map { !$0.isActive } ?? false
    }

    private static let devices: Set<String> = {
        let numbered = ["COM", "LPT"].flatMap { name in "0123456789¹²³".map { "\(name)\($0)" } }
        return Set(["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"] + numbered)
    }()

    /// Windows takes the device whatever stands behind the first dot.
    private static func isDevice(_ name: [Unicode.Scalar]) -> Bool {
        devices.contains(text(Array(name.prefix { $0 != "." })).trimmingSpaces.uppercased())
    }

    /// Letters, digits and most else stay; what any file system or shell could take for more becomes `_`.
    private static func made(safe name: [Unicode.Scalar]) -> String {
        let replaced = name.map { scalar -> Unicode.Scalar in
            if scalar.properties.isWhitespace { return " " }
            return scalar.isUnsafe ? "_" : scalar
        }
        var safe = text(replaced)
        if isDevice(name) || safe.isEmpty || safe.hasPrefix(".") || safe.hasPrefix("-") { safe = "_" + safe }
        return cut(safe)
    }

    /// At most so many bytes, the ending kept.
    private static func cut(_ name: String) -> String {
        guard name.utf8.count > maximalSize else { return name }
        let ending = ending(of: name)
        let tail = ending.isEmpty ? "" : "." + ending
        var head = String.UnicodeScalarView()
        var size = tail.utf8.count
        for scalar in name.unicodeScalars {
            size += UTF8.width(scalar)
            if size > maximalSize { break }
            head.append(scalar)
        }
        return String(head) + tail
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control }

    /// The embeddings, overrides and isolates (UAX #9), and the marks that do the same for one character.
    fileprivate var isDirection: Bool {
        switch value {
        case 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C: true
        default: false
        }
    }

    /// No width, or a width that looks like nothing.
    fileprivate var isInvisible: Bool {
        switch properties.generalCategory {
        case .format: !isDirection
        case .spaceSeparator: value != 0x20
        case .lineSeparator, .paragraphSeparator: true
        default: value == 0x115F || value == 0x1160 || value == 0x3164 || value == 0xFFA0 || value == 0x2800
        }
    }

    fileprivate var isUnseen: Bool { isControl || isDirection || (isInvisible && !properties.isWhitespace) }

    /// A slash of any system, and what looks like one.
    fileprivate var isSeparator: Bool {
        switch value {
        case 0x2F, 0x5C, 0x2044, 0x2215, 0x29F8, 0xFF0F, 0xFF3C, 0x2216, 0x29F5: true
        default: false
        }
    }

    /// What a shell, a URL, a spread sheet or a file system could take for more than a character.
    fileprivate var isUnsafe: Bool {
        switch value {
        case 0x22, 0x24, 0x26, 0x27, 0x2A, 0x3A, 0x3B, 0x3C, 0x3E, 0x3F, 0x60, 0x7C, 0xFFFD: true
        default: properties.generalCategory == .privateUse || properties.generalCategory == .unassigned
        }
    }
}
