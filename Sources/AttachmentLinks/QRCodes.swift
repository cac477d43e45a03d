// SPDX-License-Identifier: Apache-2.0

import Bytes
import CZBar

/// Codes in pictures that a telephone would open: QR codes, and the bar codes that zbar reads beside them.
///
/// zbar goes over all rows and columns twice, some 22 ns for a pixel, and most pictures hold no code. Road not taken: to look
/// for lines across finder patterns first, by the same arithmetic. Any picture with words in it has such lines in its rows
/// (26 of 33 in real newsletters had the nine that zbar asks for), so that the look costs what it saves.
enum QRCodes {
    static func search(_ content: [UInt8], into scan: inout AttachmentScan) {
        guard let size = PictureSize(content), size.width > 0, size.height > 0 else { return }
        // Sides have up to 32 bits each: only those below the limit are multiplied.
        guard max(size.width, size.height) <= scan.limits.pixels, size.width * size.height <= scan.limits.pixels,
            size.width * size.height * size.passes <= scan.limits.pixelPasses
        else { return scan.note(.pixels) }
        guard let picture = GreyPicture(content, size.format) else {
            return scan.note(.unreadPart, ("picture" as StaticString).bytes)
        }
        for code in codes(in: picture, limit: scan.limits.codes) {
            // Most hold a bare address; some hold words around it, or a card.
            scan.take(text: code, .qrCode)
        }
    }

    private static func codes(in picture: GreyPicture, limit: Int) -> [[UInt8]] {
        let scanner = unsafe zbar_image_scanner_create()
        defer { unsafe zbar_image_scanner_destroy(scanner) }
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0)
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1)
        // White on black, as dark modes have them.
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_TEST_INVERTED, 1)
        guard let image = unsafe zbar_image_create() else { return [] }
        defer { unsafe zbar_image_destroy(image) }
        let greyFormat = 0x3030_3859 as UInt  // "Y800"
        unsafe zbar_image_set_format(image, greyFormat)
        unsafe zbar_image_set_size(image, UInt32(picture.width), UInt32(picture.height))
        return unsafe picture.pixels.withUnsafeBytes { pixels in
            unsafe zbar_image_set_data(image, pixels.baseAddress, UInt(pixels.count), nil)
            guard unsafe zbar_scan_image(scanner, image) > 0 else { return [] }
            return unsafe texts(of: image, limit: limit)
        }
    }

    private static func texts(of image: OpaquePointer, limit: Int) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var symbol = unsafe zbar_image_first_symbol(image)
        while let found = unsafe symbol, texts.count < limit {
            if let data = unsafe zbar_symbol_get_data(found) {
                let size = unsafe Int(zbar_symbol_get_data_length(found))
                let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size)
                texts.append(unsafe Array(bytes))
            }
            unsafe symbol = zbar_symbol_next(found)
        }
        return texts
    }
}
