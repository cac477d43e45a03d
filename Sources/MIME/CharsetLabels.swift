// SPDX-License-Identifier: Apache-2.0

// The labels of charsets: those of the Encoding Standard (section 4.2), and beyond them what senders write and the
// converters of mail clients know. One line is a charset under the standard's name, or under glibc's where the standard
// has none, with its labels.

extension Charset {
    /// The charset of each label; built once.
    static let names: [String: String] = {
        var names: [String: String] = [:]
        for line in labels.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            for label in parts[1].split(separator: " ") { names[String(label)] = parts[0] }
        }
        return names
    }()

    private static let labels = """
        armscii-8: armscii-8
        big5: big-5 big5 big5-eten big5-hkscs big5-hkscs-2004 big5-uao big5hkscs cn-big5 cp950 csbig5 windows-950
        big5: x-x-big5
        cp437: 437 cp437 cspc8codepage437 ibm437
        cp737: cp737
        cp775: cp775 ibm775
        cp850: 850 cp850 cspc850multilingual ibm850
        cp852: 852 cp852 ibm852
        cp855: cp855 ibm855
        cp857: cp857 ibm857
        cp858: cp858 ibm00858 ibm858
        cp860: cp860 ibm860
        cp862: cp862 ibm862
        cp863: cp863 ibm863
        cp865: cp865 ibm865
        ebcdic-us: csebcdicus ebcdic ebcdic-us x-ebcdic
        euc-jp: cp51932 cseucpkdfmtjapanese euc-jis-2004 euc-jisx0213 euc-jp euc-jp-ms euc_jp eucjp eucjp-ms
        euc-jp: eucjp-win x-euc-jp
        euc-kr: cp949 cseuckr csksc56011987 euc-kr euckr iso-2022-kr-uhc iso-ir-149 korean ks_c_5601
        euc-kr: ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 ms949 uhc windows-949 x-windows-949
        euc-tw: cns11643 euc-tw euctw x-euc-tw
        gb18030: gb18030 gb18030-2000 gb18030-2005
        gbk: chinese cn-gb cp936 csgb2312 csiso58gb231280 euc-cn euccn gb gb2312 gb2312-80 gb_2312 gb_2312-80 gbk
        gbk: iso-ir-58 ms936 windows-936 x-euc-cn x-gbk
        georgian-ps: georgian-ps
        hz: hz hz-gb-2312 hz-gb2312 hzgb2312
        ibm037: 037 cp037 csibm037 ebcdic-cp-ca ebcdic-cp-nl ebcdic-cp-us ebcdic-cp-wt ibm-037 ibm-37 ibm037
        ibm037: x-ebcdic-us x-ibm037
        ibm1025: cp1025 ibm1025
        ibm1026: cp1026 csibm1026 ibm1026
        ibm1047: 1047 cp1047 ibm-1047 ibm1047 x-ibm1047
        ibm1140: ccsid01140 cp01140 cp1140 ebcdic-us-37+euro ibm-1140 ibm01140 ibm1140
        ibm1141: cp1141 ebcdic-de-273+euro ibm-1141 ibm01141 ibm1141
        ibm1148: cp1148 ebcdic-international-500+euro ibm-1148 ibm01148 ibm1148
        ibm273: 273 cp273 csibm273 ebcdic-de ibm273
        ibm277: cp277 csibm277 ebcdic-cp-dk ebcdic-cp-no ibm277
        ibm278: cp278 csibm278 ebcdic-cp-fi ebcdic-cp-se ibm278
        ibm280: cp280 csibm280 ebcdic-cp-it ibm280
        ibm284: cp284 csibm284 ebcdic-cp-es ibm284
        ibm285: cp285 csibm285 ebcdic-cp-gb ibm285
        ibm297: cp297 csibm297 ebcdic-cp-fr ibm297
        ibm420: cp420 ebcdic-cp-ar1 ibm420
        ibm424: cp424 ebcdic-cp-he ibm424
        ibm500: 500 cp500 csibm500 ebcdic-cp-be ebcdic-cp-ch ibm-500 ibm500
        ibm866: 866 cp866 csibm866 ibm866
        ibm870: cp870 ebcdic-cp-roece ebcdic-cp-yu ibm870
        ibm871: cp871 csibm871 ebcdic-cp-is ibm871
        ibm875: cp875 ebcdic-cp-gr ibm875
        ibm880: cp880 ebcdic-cyrillic ibm880
        iso-2022-cn: csiso2022cn iso-2022-cn iso-2022-cn-ext iso2022-cn iso2022cn
        iso-2022-jp: cp50220 cp50221 cp50222 csiso2022jp csiso2022jp2 iso-2022-jp iso-2022-jp-1 iso-2022-jp-2
        iso-2022-jp: iso-2022-jp-2004 iso-2022-jp-3 iso-2022-jp-ms iso2022-jp iso2022jp jis x-windows-iso2022jp
        iso-2022-kr: csiso2022kr iso-2022-kr iso2022-kr iso2022kr
        iso-8859-10: csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
        iso-8859-13: iso-8859-13 iso8859-13 iso885913
        iso-8859-14: iso-8859-14 iso8859-14 iso885914
        iso-8859-15: latin9 latin-9 iso8859_15 csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9
        iso-8859-16: iso-8859-16
        iso-8859-2: csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
        iso-8859-3: csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
        iso-8859-4: csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
        iso-8859-5: csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5
        iso-8859-5: iso_8859-5:1988
        iso-8859-6: arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e
        iso-8859-6: iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
        iso-8859-7: csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597
        iso-8859-7: iso_8859-7 iso_8859-7:1987 sun_eu_greek
        iso-8859-8: csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598
        iso-8859-8: iso_8859-8 iso_8859-8:1988 visual
        iso-8859-8-i: csiso88598i iso-8859-8-i logical
        johab: cp1361 johab ksc_johab ms1361 x-johab
        koi8-r: cskoi8r koi koi8 koi8-r koi8_r
        koi8-t: koi8-t
        koi8-u: koi8-ru koi8-u
        mac-centraleurope: mac-centraleurope x-mac-ce x-mac-centraleurroman
        macintosh: csmacintosh mac macintosh x-mac-roman
        shift_jis: cp932 csshiftjis mac-japanese ms932 ms_kanji s-jis shift-jis shift_jis shift_jis-2004
        shift_jis: shift_jisx0213 shiftjis sjis windows-31j windows-932 x-mac-japanese x-ms-cp932 x-sjis
        tcvn5712-1: tcvn tcvn-5712 tcvn5712-1
        us-ascii: 7bit ansi_x3.4-1968 ansi_x3.4-1986 ascii cp367 csascii ibm367 iso-ir-6 iso646-us
        us-ascii: iso_646.irv:1991 us us-ascii x-ascii
        utf-16be: csutf16be ucs-2be unicodefffe utf-16be utf16be
        utf-16le: csunicode csutf16 csutf16le iso-10646 iso-10646-ucs-2 ucs-2 ucs-2le ucs2 unicode unicodefeff
        utf-16le: utf-16 utf-16le utf16 utf16le utf_16
        utf-32: csucs4 csutf32 iso-10646-ucs-4 ucs-4 ucs4 utf-32 utf32 utf_32
        utf-32be: ucs-4be utf-32be utf32be
        utf-32le: ucs-4le utf-32le utf32le
        utf-7: cp65000 csunicode11utf7 csutf7 unicode-1-1-utf-7 unicode-2-0-utf-7 utf-7 utf7 utf_7 windows-65000
        utf-7: x-unicode-1-1-utf-7 x-unicode-2-0-utf-7
        utf-8: unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf-8-strict utf8 utf8mb4 x-unicode20utf8
        utf-8: x-utf-8
        windows-1250: cp1250 windows-1250 x-cp1250
        windows-1251: cp1251 windows-1251 x-cp1251
        windows-1252: 8859_1 cp-1252 cp1252 cp819 csisolatin1 default default_charset ibm819 iso-8859-1
        windows-1252: iso-ir-100 iso8859-1 iso88591 iso8859_1 iso_8859-1 iso_8859-1:1987 iso_8859_1 l1 latin-1
        windows-1252: latin1 win-1252 windows-1252 windows1252 x-cp1252
        windows-1253: cp1253 windows-1253 x-cp1253
        windows-1254: cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5
        windows-1254: latin5 windows-1254 x-cp1254
        windows-1255: cp1255 windows-1255 x-cp1255
        windows-1256: cp1256 windows-1256 x-cp1256
        windows-1257: cp1257 windows-1257 x-cp1257
        windows-1258: cp1258 windows-1258 x-cp1258
        windows-874: dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
        x-mac-cyrillic: x-mac-cyrillic x-mac-ukrainian
        x-user-defined: x-user-defined
        """
}
