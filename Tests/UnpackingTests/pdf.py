# SPDX-License-Identifier: Apache-2.0
"""Writes one PDF with files in it to the standard output: pdf.py NAME."""
import io, sys, zipfile, zlib

MIB = 1 << 20


def stream(number, content, keys=b"", flate=True):
    data = zlib.compress(content) if flate else content
    filters = b"/Filter /FlateDecode " if flate else b""
    return b"%d 0 obj << %s%s/Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, keys, filters, len(data), data)


def pdf(*objects, trailer=b""):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"".join(objects) + b"trailer << /Root 1 0 R " + trailer + b" >>\n%%EOF\n"


def spec(name=b"/F (a.txt)", files=b"<< /F 5 0 R >>"):
    return b"<< /Type /Filespec " + name + b" /EF " + files + b" >>\n"


def object_stream(number, *objects):
    head = b" ".join(b"%d %d" % (20 + place, sum(map(len, objects[:place]))) for place in range(len(objects))) + b" "
    return stream(number, head + b"".join(objects), b"/Type /ObjStm /N %d /First %d " % (len(objects), len(head)))


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


FILE = b"in the file"
INNER = pdf(b"4 0 obj " + spec(), stream(5, FILE))
MADE = {
    "usual": pdf(b"4 0 obj " + spec(b"/F (old.txt) /UF (\xfe\xff\0a\0.\0t\0x\0t)"),
                 stream(5, FILE, b"/Type /EmbeddedFile /Params << /Size 11 /Filter /ASCIIHexDecode >> ")),
    "no type": pdf(b"4 0 obj " + spec(), stream(5, FILE)),
    "no specification": pdf(stream(5, FILE, b"/Type /EmbeddedFile ")),
    "name behind": pdf(b"4 0 obj << /EF << /F 5 0 R >> /F (a.txt) >>", stream(5, FILE)),
    "in an object stream": pdf(stream(5, FILE), object_stream(6, spec())),
    "streams in another object": pdf(b"4 0 obj " + spec(files=b"9 0 R"), b"9 0 obj << /UF 5 0 R >> endobj\n", stream(5, FILE)),
    "escaped keys": pdf(b"4 0 obj " + spec(b"/#46 (a\\056txt)", b"<< /#55#46 5 0 R >>"), stream(5, FILE)),
    "with comments": pdf(b"4 0 obj " + spec(files=b"<< /F % 7 0 R\n 5%)\n 0 % (\nR >>"),
                         stream(5, FILE).replace(b"5 0 obj", b"5 % 7\n 0 %(\n obj")),
    "behind a per cent sign": pdf(b"3 0 obj (50 %) endobj 4 0 obj << /D (5 %) " + spec()[3:], b"3 0 obj (50 %) endobj ", stream(5, FILE)),
    "number in a string": pdf(b"4 0 obj " + spec(), stream(5, FILE, b"/D (9 0 obj) ")),
    "far keys": pdf(b"4 0 obj " + spec(), stream(5, FILE, b" " * 20_000)),
    "farther keys": pdf(b"4 0 obj " + spec(), stream(5, FILE, b" " * 100_000)),
    "stored": pdf(b"4 0 obj " + spec(), stream(5, b"endstream in the file", flate=False)),
    "stored deflate": pdf(b"4 0 obj " + spec(), stream(5, zlib.compress(b"endstream in the file", 0),
                                                        b"/Filter /FlateDecode ", flate=False)),
    "two filters": pdf(b"4 0 obj " + spec(), stream(5, zlib.compress(FILE).hex().encode() + b">",
                                                     b"/Filter [/ASCIIHexDecode /FlateDecode] ", flate=False)),
    "zip in it": pdf(b"4 0 obj " + spec(b"/F (a.zip)"), stream(5, zipped("b.txt", FILE))),
    "pdf in it": pdf(b"4 0 obj " + spec(b"/F (b.pdf)"), stream(5, INNER)),
    "stored pdf in it": pdf(b"4 0 obj " + spec(b"/F (b.pdf)"), stream(5, INNER, flate=False)),
    "none": pdf(b"4 0 obj << /F (x) >>\n", stream(5, b"a page"), object_stream(6, b"<< /S /URI /URI (http://a.example) >>")),
    "encrypted": pdf(stream(5, FILE, b"/Type /EmbeddedFile "), trailer=b"/Encrypt 8 0 R"),
    "encrypted objects": pdf(object_stream(6, b"<< >>"), trailer=b"/Encrypt 8 0 R"),
    "encrypted pages": pdf(stream(5, b"a page"), trailer=b"/Encrypt 8 0 R"),
    "lzw": pdf(stream(5, FILE, b"/Type /EmbeddedFile /Filter /LZWDecode ", flate=False)),
    "predicted": pdf(stream(5, FILE, b"/Type /EmbeddedFile /DecodeParms << /Predictor 12 /Columns 3 >> ")),
    "file bomb": pdf(stream(5, bytes(4 * MIB), b"/Type /EmbeddedFile ")),
    "large file": pdf(stream(5, bytes(range(256)) * (2 * 4096), b"/Type /EmbeddedFile ", flate=False)),
    "objects bomb": pdf(*[stream(number, bytes(MIB // 2), b"/Type /ObjStm ") for number in range(20)]),
    "many names": pdf(*[spec(files=b"<< /F %d 0 R >>" % number) for number in range(10, 120)]),
    "many files": pdf(*[stream(number, b"x", b"/Type /EmbeddedFile ") for number in range(10, 120)]),
}


if __name__ == "__main__":
    sys.stdout.buffer.write(MADE[sys.argv[1]])
