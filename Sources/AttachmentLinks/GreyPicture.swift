// SPDX-License-Identifier: Apache-2.0

import CGD

/// A picture as brightness, one byte a pixel: what is searched for codes.
///
/// Decoded by libgd, because one library of the distribution then stands for all formats. The size was checked before.
struct GreyPicture {
    let width: Int
    let height: Int
    let pixels: [UInt8]

    /// Its warnings go to the standard error output of whoever uses it, and a sender could fill a log so.
    private static let isSilent: Bool = {
        unsafe gdSetErrorMethod { _, _, _ in }
        return true
    }()

    /// Nil for what cannot be decoded.
    init?(_ bytes: [UInt8], _ format: PictureSize.Format) {
        guard Self.isSilent, let image = unsafe Self.decoded(bytes, format) else { return nil }
        defer { unsafe gdImageDestroy(image) }
        width = unsafe Int(image.pointee.sx)
        height = unsafe Int(image.pointee.sy)
        pixels = unsafe Self.brightness(of: image, width, height)
    }

    private static func decoded(_ bytes: [UInt8], _ format: PictureSize.Format) -> gdImagePtr? {
        guard let size = Int32(exactly: bytes.count) else { return nil }
        return unsafe bytes.withUnsafeBytes { bytes in
            let data = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            return switch format {
            case .png: unsafe gdImageCreateFromPngPtr(size, data)
            case .jpeg: unsafe gdImageCreateFromJpegPtr(size, data)
            case .gif: unsafe gdImageCreateFromGifPtr(size, data)
            case .bmp: unsafe gdImageCreateFromBmpPtr(size, data)
            case .webp: unsafe gdImageCreateFromWebpPtr(size, data)
            }
        }
    }

    /// What is transparent is white, as mail clients show it.
    private static func brightness(of image: gdImagePtr, _ width: Int, _ height: Int) -> [UInt8] {
        var pixels = [UInt8](repeating: 255, count: width * height)
        var place = 0
        for row in 0..<Int32(height) {
            for column in 0..<Int32(width) {
                let pixel = unsafe gdImageGetTrueColorPixel(image, column, row)
                let (red, green, blue) = (pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255)
                // 0 is opaque, 127 is not there.
                let alpha = pixel >> 24 & 127
                let grey = (red * 77 + green * 151 + blue * 28) >> 8
                pixels[place] = UInt8(clamping: (grey * (127 - alpha) + 255 * alpha) / 127)
                place += 1
            }
        }
        return pixels
    }
}
