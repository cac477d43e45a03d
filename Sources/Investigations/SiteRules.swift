// SPDX-License-Identifier: Apache-2.0

/// What the site's configuration says that evidence asks for.
package struct SiteRules: Sendable {
    /// Whether an address is in an own domain.
    package var isOwn: @Sendable (_ address: String) -> Bool
    /// Whether an envelope sender is one of the site's own phishing exercises.
    package var isExercise: @Sendable (_ sender: String) -> Bool
    /// Whether an address is a mailbox that collects bad mail on purpose: nobody reads it, so that it
    /// says nothing about how far mail spread.
    package var isSecurityMailbox: @Sendable (_ address: String) -> Bool
    /// The own or protected domain that a domain looks like, and is not.
    package var lookAlike: @Sendable (_ domain: String) -> String?

    package init(
        isOwn: @escaping @Sendable (_ address: String) -> Bool = { _ in false },
        isExercise: @escaping @Sendable (_ sender: String) -> Bool = { _ in false },
        isSecurityMailbox: @escaping @Sendable (_ address: String) -> Bool = { _ in false },
        lookAlike: @escaping @Sendable (_ domain: String) -> String? = { _ in nil }
    ) {
        self.isOwn = isOwn
        self.isExercise = isExercise
        self.isSecurityMailbox = isSecurityMailbox
        self.lookAlike = lookAlike
    }
}
