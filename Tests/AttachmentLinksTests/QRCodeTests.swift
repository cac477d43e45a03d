// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Foundation
import TestTools
import Testing

@Suite struct QRCodeTests {
    private static let makesCodes = Tool.isThere("qrencode")
    private static let url = "https://a.example/qr?x=1"

    @Test(
        .enabled(if: makesCodes, "qrencode is not there"),
        arguments: [
            [], ["-s", "2"], ["-l", "H"], ["--foreground=FFFFFF", "--background=000000"],
            ["--foreground=203050", "--background=F0E0D0"],
            ["-t", "PNG32", "--background=00000000"],
        ])
    func `a code in a picture is a link`(options: [String]) throws {
        let png = try Tool.output("qrencode", ["-o", "-"] + options + [Self.url])
        let found = Found(in: png, name: "code.png", type: "image/png")
        #expect(found.urls == [Self.url])
        #expect(found.scan.links.first?.kind == .qrCode)
    }

    @Test(
        .enabled(if: makesCodes, "qrencode is not there"),
        arguments: ["example.com/path", "pay at https://a.example/x now", "WWW.A.EXAMPLE/x"])
    func `what a telephone makes of a code's text is a link`(text: String) throws {
        let png = try Tool.output("qrencode", ["-o", "-", text])
        #expect(Found(in: png, name: "code.png", type: "image/png").urls.count == 1)
    }

    @Test(
        .enabled(if: makesCodes && Tool.isThere("convert"), "imagemagick is not there"),
        arguments: [
            ("jpg", "image/jpeg"), ("gif", "image/gif"), ("bmp3", "image/bmp"), ("webp", "image/webp"),
        ])
    func `codes are read in every format`(format: String, type: String) throws {
        let png = try Tool.output("qrencode", ["-o", "-", "-s", "6", Self.url])
        let picture = try Tool.output(
            "convert", ["png:-", "-alpha", "off", "-type", "TrueColor", "\(format):-"], input: png)
        #expect(Found(in: picture, name: "code", type: type).urls == [Self.url])
    }

    @Test func `a picture that says to be too large is not decoded`() {
        var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
        png += [0, 1, 0, 0, 0, 1, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0]
        #expect(Found(in: png, name: "a.png", type: "image/png").scan.exceededLimits == [.pixels])
    }

    @Test(arguments: ["image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp"])
    func `what is no picture harms nobody`(type: String) {
        let starts: [[UInt8]] = [
            [], [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], Array("GIF89a".utf8),
            Array("BM".utf8),
            Array("RIFF....WEBPVP8L".utf8), Array("RIFF....WEBPVP8X".utf8),
        ]
        for start in starts {
            for filler in [0, 1, 0xFF] as [UInt8] {
                _ = Found(in: start + [UInt8](repeating: filler, count: 64), name: "a", type: type)
            }
        }
    }
}
