// SPDX-License-Identifier: Apache-2.0

import Links
import URLSyntax

extension Wrapping {
    /// What is wrapped in the URL; nil when it is nobody's wrapper.
    static func of(_ url: WebURL) -> Wrapping? {
        guard let unwrapped = VendorLinks.unwrap(url) else { return nil }
        var urls = unwrapped.layers.compactMap { layer -> WebURL? in
            guard !layer.url.isEmpty, let inner = try? WebURL.parse(layer.url), inner.isWeb else { return nil }
            return inner
        }
        if let target = unwrapped.target, target.isWeb, urls.last != target { urls.append(target) }
        return Wrapping(names: unwrapped.layers.map(\.wrapper), urls: urls)
    }
}
