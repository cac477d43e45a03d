// SPDX-License-Identifier: Apache-2.0

/// The elements that tell us something; the numbers are the names' bytes (a test spells them out).
enum HTMLElement: UInt64, CaseIterable {
    case a = 0x61
    case address = 0x61_6464_7265_7373
    case area = 0x6172_6561
    case applet = 0x6170_706C_6574
    case article = 0x61_7274_6963_6C65
    case aside = 0x61_7369_6465
    case b = 0x62
    case base = 0x6261_7365
    case basefont = 0x6261_7365_666F_6E74
    case bgsound = 0x6267_736F_756E_64
    case big = 0x626967
    case body = 0x626F_6479
    case br = 0x6272
    case button = 0x6275_7474_6F6E
    case caption = 0x6361_7074_696F_6E
    case center = 0x6365_6E74_6572
    case code = 0x636F_6465
    case col = 0x636F6C
    case colgroup = 0x636F_6C67_726F_7570
    case dd = 0x6464
    case desc = 0x6465_7363
    case details = 0x64_6574_6169_6C73
    case dialog = 0x6469_616C_6F67
    case dir = 0x646972
    case div = 0x646976
    case dl = 0x646C
    case dt = 0x6474
    case em = 0x656D
    case embed = 0x656D_6265_64
    case feimage = 0x66_6569_6D61_6765
    case fieldset = 0x6669_656C_6473_6574
    case figure = 0x6669_6775_7265
    case font = 0x666F_6E74
    case footer = 0x666F_6F74_6572
    case form = 0x666F_726D
    case frame = 0x6672_616D_65
    case frameset = 0x6672_616D_6573_6574
    case h1 = 0x6831
    case h2 = 0x6832
    case h3 = 0x6833
    case h4 = 0x6834
    case h5 = 0x6835
    case h6 = 0x6836
    case head = 0x6865_6164
    case header = 0x6865_6164_6572
    case hgroup = 0x6867_726F_7570
    case hr = 0x6872
    case html = 0x6874_6D6C
    case i = 0x69
    case iframe = 0x6966_7261_6D65
    case image = 0x696D_6167_65
    case img = 0x696D67
    case input = 0x696E_7075_74
    case isindex = 0x69_7369_6E64_6578
    case keygen = 0x6B65_7967_656E
    case li = 0x6C69
    case link = 0x6C69_6E6B
    case listing = 0x6C69_7374_696E_67
    case main = 0x6D61_696E
    case marquee = 0x6D61_7271_7565_65
    case math = 0x6D61_7468
    case menu = 0x6D65_6E75
    case meta = 0x6D65_7461
    case mglyph = 0x6D67_6C79_7068
    case mi = 0x6D69
    case mn = 0x6D6E
    case mo = 0x6D6F
    case ms = 0x6D73
    case mtext = 0x6D74_6578_74
    case nav = 0x6E6176
    case nobr = 0x6E6F_6272
    case noembed = 0x6E6F_656D_6265_64
    case noframes = 0x6E6F_6672_616D_6573
    case noscript = 0x6E6F_7363_7269_7074
    case object = 0x6F62_6A65_6374
    case ol = 0x6F6C
    case optgroup = 0x6F70_7467_726F_7570
    case option = 0x6F70_7469_6F6E
    case p = 0x70
    case param = 0x7061_7261_6D
    case pre = 0x707265
    case rb = 0x7262
    case rp = 0x7270
    case rt = 0x7274
    case rtc = 0x727463
    case ruby = 0x7275_6279
    case s = 0x73
    case script = 0x7363_7269_7074
    case search = 0x7365_6172_6368
    case section = 0x73_6563_7469_6F6E
    case select = 0x7365_6C65_6374
    case small = 0x736D_616C_6C
    case source = 0x736F_7572_6365
    case span = 0x7370_616E
    case strike = 0x7374_7269_6B65
    case strong = 0x7374_726F_6E67
    case style = 0x7374_796C_65
    case sub = 0x737562
    case summary = 0x73_756D_6D61_7279
    case sup = 0x737570
    case svg = 0x737667
    case table = 0x7461_626C_65
    case tbody = 0x74_626F_6479
    case td = 0x7464
    case template = 0x7465_6D70_6C61_7465
    case textarea = 0x7465_7874_6172_6561
    case tfoot = 0x74_666F_6F74
    case th = 0x7468
    case thead = 0x74_6865_6164
    case title = 0x7469_746C_65
    case tr = 0x7472
    case track = 0x7472_6163_6B
    case tt = 0x7474
    case u = 0x75
    case ul = 0x756C
    case use = 0x757365
    case `var` = 0x766172
    case wbr = 0x776272
    case xmp = 0x786D70
    // Names of more than eight bytes: numbers that no name has.
    case plaintext = 1
    case blockquote = 2
    case foreignObject = 3
    case annotationXML = 4
    case malignmark = 5
    case figcaption = 6

    init?(_ name: HTMLName) {
        switch (name.high, name.low) {
        case (0, 0...0x60): return nil
        case (0, let low): self.init(rawValue: low)
        case (0x70, 0x6C61_696E_7465_7874): self = .plaintext
        case (0x626C, 0x6F63_6B71_756F_7465): self = .blockquote
        case (0x66_6F72_6569, 0x676E_6F62_6A65_6374): self = .foreignObject
        case (0x616E_6E6F_7461, 0x7469_6F6E_2D78_6D6C): self = .annotationXML
        case (0x6D61, 0x6C69_676E_6D61_726B): self = .malignmark
        case (0x6669, 0x6763_6170_7469_6F6E): self = .figcaption
        default: return nil
        }
    }
}
