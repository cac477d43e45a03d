// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// What the places are, once the whole document was read and its base is known.
extension HTMLLinkScan {
    /// What was found, in order, and none over another.
    func findings() -> [HTMLFinding] {
        var budget = limits.resolvedBytes
        return findings(outer: nil, &budget)
    }

    /// `outer`: the base of the document around this one; `budget`: the bytes that bases may still add.
    private func findings(outer: WebURL?, _ budget: inout Int) -> [HTMLFinding] {
        let resolver = LinkResolver(bases: bases + commentBases, outer: outer, charset: charset)
        var out = limitNotes
        out.reserveCapacity(places.count)
        for place in places {
            switch place.use {
            case .visible(let url, let context):
                out.append(HTMLFinding(range: place.range, kind: .link(target: place.value, url, context)))
            case .gone(let reason, let replacement):
                let kind = HTMLFinding.Kind.removal(reason, replacement: replacement, target: place.value)
                out.append(HTMLFinding(range: place.range, kind: kind))
            case .document(let documents):
                for document in documents {
                    let inner = document.scan.findings(outer: resolver.base, &budget)
                    out += inner.map { $0.within(document.map) }
                }
            case .link(let context):
                if budget <= 0 {
                    out.append(HTMLFinding(range: place.range, kind: .note(.limit(.resolvedBytes), target: [])))
                }
                if let found = found(place, context, resolver.resolve(place.value), &budget) { out.append(found) }
            case .picture(let context):
                if let found = picture(place, context, resolver.resolve(place.value), &budget) { out.append(found) }
            case .stray(let context, let reason):
                if let found = stray(place, context, reason, resolver) { out.append(found) }
            }
        }
        return out.apart()
    }

    private func found(
        _ place: HTMLPlace, _ context: LinkContext, _ answer: LinkResolver.Answer, _ budget: inout Int
    ) -> HTMLFinding? {
        let kind: HTMLFinding.Kind
        switch answer {
        case .link(let target, let url):
            let growth = max(0, target.count - place.value.count)
            guard budget > 0 else {
                return HTMLFinding(
                    range: place.range,
                    kind: .removal(.limit(.resolvedBytes), replacement: context.dead, target: place.value))
            }
            budget -= growth
            kind = .link(target: target, url, context)
        case .scheme(let name):
            kind = .removal(.scheme(name), replacement: context.dead, target: place.value.trimmed)
        case .note(let reason): kind = .note(reason, target: place.value.trimmed)
        case .nothing: return nil
        }
        return HTMLFinding(range: place.range, kind: kind)
    }

    /// A picture stays wherever it comes from, unless a file server: asking that one tells it who logged in here.
    private func picture(
        _ place: HTMLPlace, _ context: LinkContext, _ answer: LinkResolver.Answer, _ budget: inout Int
    ) -> HTMLFinding? {
        switch answer {
        case .link: budget > 0 ? found(place, context, answer, &budget) : nil
        case .scheme("file") where namesFileServer(place.value): found(place, context, answer, &budget)
        case .scheme, .note, .nothing: nil
        }
    }

    private func namesFileServer(_ value: [UInt8]) -> Bool {
        guard let url = try? WebURL.parse(value) else { return true }  // `\\host\share`, or relative to such a base
        return !url.hostBytes.isEmpty || url.serialized.starts(with: Self.fileServer)
    }

    private static let fileServer = ("file:////" as StaticString).bytes

    private func stray(
        _ place: HTMLPlace, _ context: LinkContext, _ reason: String, _ resolver: LinkResolver
    ) -> HTMLFinding? {
        switch resolver.resolve(place.value) {
        case .nothing: nil
        case .link, .scheme, .note:  // what no browser opens today could be mended by what is written beside it
            HTMLFinding(
                range: place.range,
                kind: .removal(.element(reason), replacement: context.dead, target: place.value.trimmed))
        }
    }
}
