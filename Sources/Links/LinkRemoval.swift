// SPDX-License-Identifier: Apache-2.0

package import Bytes

/// A place that must lose its target: nothing there can be wrapped (`javascript:`, `file:`, an `<animate>` of a link …).
///
/// In an attribute the value becomes `about:blank`, which opens nothing on any client. The attribute itself stays: a later
/// one of the same name would take its place, what stands around it could join, and text in an `<a>` without a target
/// would be searched for visible URLs. Text keeps its characters, so broken up that no client makes a link of it.
package struct LinkRemoval: Hashable, Sendable {
    package enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// A target that is neither of the web nor harmless.
        case scheme(String)
        /// Something that leads a click elsewhere, or that clients read differently.
        case element(String)
        /// More than can be wrapped.
        case limit(LinkLimit)
        /// No browser opens it, but what is left of it when another link in it is changed might be a link.
        case invalidURL

        package var description: String {
            switch self {
            case .scheme(let name): "scheme: \(name)"
            case .element(let name): "element: \(name)"
            case .limit(let limit): "limit: \(limit.rawValue)"
            case .invalidURL: "invalid url"
            }
        }
    }

    /// Takes the target away and keeps the text.
    package let patch: Patch
    package let reason: Reason
    /// What is taken away, decoded and cut to `LinkLimits.noteLength`.
    package let target: [UInt8]
    package let place: LinkPlace
}

extension LinkCandidate {
    /// What stands in the place of a target that is taken away.
    static let nowhere = ("about:blank" as StaticString).bytes

    /// The patch that makes the link dead and keeps its text.
    package var removal: Patch {
        Patch(range: range, replacement: context.isVisible ? context.written(Defanging.text(target)) : context.dead)
    }
}
