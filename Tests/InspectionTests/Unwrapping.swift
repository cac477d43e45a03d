// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Links
import MIME
import Mail
import Testing
import URLSyntax

/// A rewritten link as found in a delivered message.
struct WrappedLink {
    let url: [UInt8]
    let token: LinkToken
}

/// The links of ours in the text parts of a message, in their order, each with its verified token.
///
/// With those that only some mail clients show: a link counts once, by its number.
func wrappedLinks(in bytes: [UInt8]) throws -> [WrappedLink] {
    let readings = try EntityTree.readings(of: bytes)
    var links = try wrappedLinks(of: readings.first.leaves, in: readings.first)
    for reading in readings.others {
        for link in try wrappedLinks(of: reading.leaves, in: reading.tree)
        where !links.contains(where: { $0.token.ordinal == link.token.ordinal }) {
            links.append(link)
        }
    }
    return links
}

private func wrappedLinks(of leaves: [Entity], in tree: EntityTree) throws -> [WrappedLink] {
    let mint = try Site.mint()
    var limits = LinkLimits()
    limits.findsPictures = true
    return leaves.flatMap { leaf -> [WrappedLink] in
        guard let format = format(of: leaf) else { return [] }
        let scan = PartLinks.scan(tree.text(leaf).bytes, as: format, charset: .utf8, limits: limits)
        return scan.candidates.compactMap { link in
            mint.linkToken(in: link.url).map { WrappedLink(url: link.url.serialized, token: $0) }
        }
    }
}

/// What mail clients take the part for, told apart from the code under test.
private func format(of leaf: Entity) -> LinkFormat? {
    let type = leaf.contentType.mediaType
    let ending = leaf.fileName?.lowercased().split(separator: ".").last.map(String.init) ?? ""
    switch type {
    case "text/calendar", "text/x-vcalendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory":
        return .calendar
    case "text/enriched", "text/richtext": return .enriched
    case "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml",
        _ where type.hasSuffix("html"):
        return .html
    case "application/octet-stream" where ["html", "htm", "xhtml", "svg"].contains(ending): return .html
    case "application/octet-stream" where ["ics", "vcf"].contains(ending): return .calendar
    case _ where type.hasPrefix("text/"):
        guard leaf.contentType.parameters["format"]?.equalsIgnoringCase("flowed") == true else {
            return .plain(flow: nil)
        }
        let deletesSpace = leaf.contentType.parameters["delsp"]?.equalsIgnoringCase("yes") == true
        return .plain(flow: TextFlow(deletesSpace: deletesSpace))
    case _ where type.hasPrefix("message/"): return .plain(flow: nil)
    default: return nil
    }
}

/// The text of all leaves, transfer encodings undone.
func decodedTexts(_ bytes: [UInt8]) throws -> [String] {
    let tree = try EntityTree.parse(bytes)
    return tree.leaves.map { tree.decoded($0).bytes.text }
}
