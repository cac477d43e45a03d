// SPDX-License-Identifier: Apache-2.0

import Yams

/// One option given on a command line: it counts instead of what the file says, and errors name it.
package struct Override: Hashable, Sendable {
    /// With its section: `click.url`.
    package let key: String
    package let value: String
    /// As it was given: `--click-url`.
    package let option: String

    package init(_ key: String, _ value: String, option: String) {
        self.key = key
        self.value = value
        self.option = option
    }

    var entry: Entry { Entry(file: option, key: key, line: 0, node: .scalar(Node.Scalar(value))) }
}
