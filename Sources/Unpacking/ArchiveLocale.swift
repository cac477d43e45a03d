// SPDX-License-Identifier: Apache-2.0

import Foundation

/// UTF-8 for names, in this thread alone.
///
/// libarchive turns names into the locale's charset, and a daemon's locale is `C`, where no name beyond ASCII exists. The
/// process keeps its locale.
enum ArchiveLocale {
    private nonisolated(unsafe) static let utf8: locale_t? = unsafe newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

    static func run<Result>(_ body: () -> Result) -> Result {
        guard let utf8 = unsafe utf8 else { return body() }
        let before = unsafe uselocale(utf8)
        defer { _ = unsafe uselocale(before) }
        return body()
    }
}
