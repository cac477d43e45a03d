// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import Links

struct HTMLNameTests {
    @Test(arguments: HTMLElement.allCases)
    func `an element's number spells its name`(element: HTMLElement) {
        let name = element == .annotationXML ? "annotation-xml" : "\(element)"
        #expect(HTMLElement(HTMLName(name.utf8)) == element)
        #expect(HTMLElement(HTMLName(name.uppercased().utf8)) == element)
    }

    @Test(arguments: [
        "", "\u{1}", "x", "laintext", "xplaintext", "xxxxxxxxxxxxxxxa", "annotation-xmlx", "aplaintextplaintext",
    ])
    func `a name that only ends like a known one is unknown`(name: String) {
        #expect(HTMLElement(HTMLName(name.utf8)) == nil)
    }

    @Test(arguments: [
        (HTMLName.href, "href"), (.content, "content"), (.httpEquiv, "http-equiv"), (.encoding, "encoding"),
        (.color, "color"), (.face, "face"), (.size, "size"), (.rel, "rel"), (.type, "type"), (.itemprop, "itemprop"),
        (.to, "to"), (.from, "from"), (.by, "by"), (.values, "values"),
    ])
    func `an attribute's number spells its name`(name: HTMLName, text: String) {
        #expect(HTMLName(text.utf8) == name)
        #expect(HTMLName([0] + text.utf8) != name)
        #expect(HTMLName(Array(repeating: 0x61, count: 16) + text.utf8) != name)
    }
}
