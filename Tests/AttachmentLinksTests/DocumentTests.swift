// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Testing

@Suite struct DocumentTests {
    private let type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    @Test func `a relationship to elsewhere is a link, one within is none`() {
        let xml = """
            <?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
            <Relationship Id="a" Type="\(type)/hyperlink" Target="http://a.example/?x=1&amp;y=2" TargetMode="External"/>
            <Relationship Id="b" Type="\(type)/image" Target="media/image1.png"/></Relationships>
            """
        let found = Found(in: Array(xml.utf8), name: "document.xml.rels", type: "text/xml")
        #expect(found.urls == ["http://a.example/?x=1&y=2"])
        #expect(found.scan.links.first?.kind == .document)
        #expect(found.evidence.isEmpty)
    }

    @Test(arguments: ["attachedTemplate", "oleObject", "frame"]) func `a remote template is evidence and a link`(
        kind: String
    ) {
        let xml =
            "<Relationship Type=\"\(type)/\(kind)\" Target=\"mhtml:https://a.example/t.dotm\" TargetMode='External'/>"
        let found = Found(in: Array(xml.utf8), name: "settings.xml.rels", type: "text/xml")
        #expect(found.urls == ["https://a.example/t.dotm"])
        #expect(found.evidence == [.remoteTemplate])
        #expect(found.scan.links.first?.kind == .remoteContent)
    }

    @Test func `a field that is cut into runs is one again`() {
        let xml = """
            <w:p><w:r><w:instrText>HYPERLINK "htt</w:instrText></w:r><w:r><w:instrText>ps://a.exa</w:instrText></w:r>
            """ + "<w:r><w:instrText>mple/x\"</w:instrText></w:r></w:p>"
        #expect(Found(in: Array(xml.utf8), name: "document.xml", type: "text/xml").urls == ["https://a.example/x"])
    }

    @Test(arguments: [
        "<text:a xlink:href=\"https://a.example/x\">here</text:a>", "<si><t>see https://a.example/x</t></si>",
        "<c><f>HYPERLINK(\"https://a.example/x\",\"here\")</f></c>", "<a:t>https://a.example/x</a:t>",
        "<w:fldSimple w:instr=' HYPERLINK &quot;https://a.example/x&quot; '/>",
        "<v><![CDATA[https://a.example/x]]></v>",
        "<draw:frame xlink:href='https://a.example/x'/>",
        "<a b='&#x68;ttps://a.example/x'/>",
    ])
    func `a link is found in attributes, fields, formulas and text`(xml: String) {
        #expect(Found(in: Array(xml.utf8), name: "content.xml", type: "text/xml").urls == ["https://a.example/x"])
    }

    @Test func `a document in UTF-16 is read too`() {
        let units = Array("<a href=\"https://a.example/x\"/>".utf16)
        let content: [UInt8] = [0xFF, 0xFE] + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] as [UInt8] }
        #expect(Found(in: content, name: "x.xml", type: "text/xml").urls == ["https://a.example/x"])
    }

    @Test func `names of grammars are no links`() {
        let xml = "<x xmlns='http://a.example/ns' b='http://schemas.openxmlformats.org/x'>http://www.w3.org/</x>"
        let found = Found(in: Array(xml.utf8), name: "x.xml", type: "text/xml")
        #expect(!found.urls.contains("http://a.example/ns"))
        #expect(!found.urls.contains("http://schemas.openxmlformats.org/x"))
    }

    @Test func `a share of a foreign host and a DDE field are evidence`() {
        let xml =
            "<Relationship Type=\"\(type)/image\" Target=\"\\\\\\\\evil.example\\\\a\" TargetMode=\"External\"/><w:instrText>DDEAUTO c:\\\\x</w:instrText>"
        let found = Found(in: Array(xml.utf8), name: "x.rels", type: "text/xml")
        #expect(found.evidence == [.networkPath, .launch])
    }

    @Test(
        .timeLimit(.minutes(1)), arguments: ["<", "<a ", "<a b=\"", "<!--", "&", "<![CDATA[", "</", "<a b='1' ", "&#x"])
    func `what repeats costs no more than its length`(piece: String) {
        let content = Array(String(repeating: piece, count: 300_000 / piece.utf8.count).utf8)
        #expect(Found(in: content, name: "x.xml", type: "text/xml").urls.isEmpty)
    }
}
