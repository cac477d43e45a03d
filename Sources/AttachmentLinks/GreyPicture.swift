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

    private static func brightness(of image: gdImagePtr, _ width: Int, _ height: Int) -> [UInt8] {
        var pixels = [UInt8](repeating: 255, count: width * height)
        var output = pixels.mutableSpan
        var colors = [UInt8?](repeating: nil, count: 256)
        for row in 0..<height {
            let start = row &* width
            // Rows are as long as the picture is wide; a picture has its colours in them, or numbers of colours.
            if let line = unsafe image.pointee.tpixels?[row] {
                for column in 0..<width { output[start &+ column] = unsafe brightness(of: line[column]) }
            } else if let line = unsafe image.pointee.pixels?[row] {
                for column in 0..<width {
                    let number = unsafe Int(line[column])
                    let color =
                        unsafe colors[number]
                        ?? brightness(of: gdImageGetTrueColorPixel(image, Int32(column), Int32(row)))
                    colors[number] = color
                    output[start &+ column] = color
                }
            }
        }
        return pixels
    }

    /// What is transparent is white, as mail clients show it.
    @inline(__always)
    private static func brightness(of color: Int32) -> UInt8 {
        let (red, green, blue) = (color >> 16 & 255, color >> 8 & 255, color & 255)
        // 0 is opaque, 127 is not there.
        let alpha = color >> 24 & 127
        let grey = (red &* 77 &+ green &* 151 &+ blue &* 28) >> 8
        return UInt8(truncatingIfNeeded: alpha == 0 ? grey : (grey &* (127 &- alpha) &+ 255 &* alpha) / 127)
    }
}
