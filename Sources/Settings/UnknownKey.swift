// SPDX-License-Identifier: Apache-2.0

/// What to say about a key that no option has: most are slips of the finger, or stand in the wrong section.
enum UnknownKey {
    /// Longer keys are compared by their beginning; no option has this many letters.
    private static let lengthLimit = 64

    static func problem(_ name: String, known: [String], path: [String]) -> String {
        let place = path.isEmpty ? "a known section" : "an option of '\(path.joined(separator: "."))'"
        return "expected \(place), found an unknown key"
            + (hint(name, known: known).map { "; did you mean \($0)?" } ?? "")
    }

    private static func hint(_ name: String, known: [String]) -> String? {
        let near = known.map { ($0, distance($0, name)) }.min { $0.1 < $1.1 }
        // A third of the letters may be wrong; more is another word.
        if let near, near.1 <= max(1, near.0.count / 3) { return "'\(near.0)'" }
        return Configuration.declaredOptions.first { $0.key.split(separator: ".").last.map(String.init) == name }
            .map { "'\($0.key)'" }
    }

    /// How many letters must be put in, left out or exchanged (Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(lengthLimit))
        let right = Array(right.utf8.prefix(lengthLimit))
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
