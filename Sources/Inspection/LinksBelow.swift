// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Unpacking

/// The links of what lies in a container, which the container's own bytes often show once more.
struct LinksBelow {
    private var below: [[[UInt8]]: Set<[UInt8]>] = [:]

    /// In the order of the walk: what lies in another comes after it.
    init(_ found: [AttachmentWalk.Found]) {
        for item in found.reversed() where item.member.depth > 0 {
            let own = item.scan?.links.map(\.url) ?? []
            let parent = Array(item.member.path.dropLast())
            below[parent, default: []].formUnion(own)
            if let members = below[item.member.path] { below[parent, default: []].formUnion(members) }
        }
    }

    /// The links of a content that are not those of its members; of a container, what only looks like text is none.
    func own(_ links: [AttachmentLink], of member: Member) -> [AttachmentLink] {
        guard let members = below[member.path] else { return links }
        return links.filter { $0.kind != .text && $0.kind != .binary && !members.contains($0.url) }
    }
}
