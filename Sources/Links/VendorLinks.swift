// SPDX-License-Identifier: Apache-2.0

package import URLSyntax

/// A link that another vendor's gateway, a tracker or a redirector has wrapped, and what it leads to.
package struct UnwrappedLink: Hashable, Sendable {
    /// One wrapper around another link.
    package struct Layer: Hashable, Sendable {
        /// The name of the vendor or service, as records say it.
        package let wrapper: String
        /// What this layer wraps; empty when only the vendor can tell.
        package let url: [UInt8]
    }

    /// Outermost first.
    package let layers: [Layer]
    /// The innermost URL known; nil when the innermost wrapper is opaque.
    package let target: WebURL?
    /// The host that an opaque wrapper says it leads to: a hint that its sender chose.
    package let hostHint: [UInt8]?

    /// Wrapped four times or more: no honest chain of gateways does that.
    package var isDeep: Bool { layers.count >= 4 }
}

/// Links of other vendors, unwrapped without asking anybody.
package enum VendorLinks {
    /// What the link leads to through all known wrappers; nil when it is none of them.
    package static func unwrap(_ url: WebURL) -> UnwrappedLink? { nil }
}
