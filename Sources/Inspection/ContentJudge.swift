// SPDX-License-Identifier: Apache-2.0

import Bytes
import Links
import Records
import URLSyntax
import Verdicts

/// What is known at delivery about links and attachments.
///
/// Nobody is asked and nothing is fetched: the verdict index says it, or nobody knows. Without an index nothing is known,
/// and the message goes its way: its links are judged again at every click, its attachments at every new indicator.
struct ContentJudge {
    let index: VerdictIndex?

    /// A verdict somebody gave, with the indicator that led to it.
    struct Known {
        let verdict: Verdict
        let indicator: Int64
    }

    /// The gravest of what decides about the link and about everything wrapped in it.
    ///
    /// The wrapper itself is judged too: an indicator may name it.
    func known(_ url: WebURL, _ unwrapped: UnwrappedLink?) -> Known? {
        guard let index else { return nil }
        var urls = [url]
        for layer in unwrapped?.layers ?? [] where !layer.url.isEmpty {
            if let inner = try? WebURL.parse(layer.url), inner.isWeb { urls.append(inner) }
        }
        return urls.compactMap { url in CanonicalURL(url).flatMap { Self.known(index.judge($0)) } }
            .max { $0.verdict < $1.verdict }
    }

    /// What is known about the file, by any of its digests.
    func known(_ file: AttachmentRecord) -> Known? {
        index.flatMap {
            Self.known($0.judge(sha256Hex: file.sha256, sha1Hex: file.sha1, md5Hex: file.md5))
        }
    }

    /// A person beats an allow-list, and that beats a feed, as at the click.
    private static func known(_ judgement: Judgement) -> Known? {
        judgement.decisive.map { Known(verdict: $0.verdict, indicator: $0.indicator) }
    }
}

extension UnwrappedLink {
    /// As recorded: each wrapper with what it wraps.
    var recorded: [LinkRecord.Layer] {
        layers.map { LinkRecord.Layer(wrapper: $0.wrapper, url: $0.url.isEmpty ? nil : $0.url.text) }
    }
}
