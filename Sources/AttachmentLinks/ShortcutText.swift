// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Shortcuts that are lines of `key=value`: `.url` of Windows, `.desktop` of Unix.
enum ShortcutText {
    /// Lines looked at: a shortcut has ten.
    private static let lines = 1_000

    static func search(_ content: [UInt8], into scan: inout AttachmentScan) {
        let text = content.decodedUTF16 ?? content
        for line in text.split(maxSplits: lines, whereSeparator: { $0 == .lineFeed || $0 == .carriageReturn }) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = Array(line[(equals + 1)...]).trimmed
            switch Array(line[..<equals]).trimmed.lowercased.text {
            case "url", "baseurl": scan.take(target: value, .shortcut)
            case "exec", "tryexec":
                scan.note(.launch, value)
                scan.take(text: value, .shortcut)
            // Loaded before anybody opens it: an icon on a share of a foreign host.
            case "iconfile", "icon", "workingdirectory": if value.isNetworkPath { scan.note(.networkPath, value) }
            default: break
            }
        }
    }
}
