// SPDX-License-Identifier: Apache-2.0

/// What the MTA's macros say about the SMTP client of one transaction; nil where the MTA said nothing.
package struct ClientFacts: Hashable, Sendable {
    /// `{client_addr}`.
    package var address: String?
    /// `{client_name}`.
    package var name: String?
    /// `{auth_authen}`.
    package var login: String?
    /// `{auth_type}`.
    package var authType: String?
    /// `{daemon_name}`.
    package var daemonName: String?

    package init(
        address: String? = nil, name: String? = nil, login: String? = nil, authType: String? = nil,
        daemonName: String? = nil
    ) {
        self.address = address
        self.name = name
        self.login = login
        self.authType = authType
        self.daemonName = daemonName
    }
}
