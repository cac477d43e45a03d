# SPDX-License-Identifier: Apache-2.0
"""Writes one bomb to the standard output: bombs.py NAME. Used by the tests and by integration/bench/unpacking.

Each is small and harmless as long as nobody believes it. Without a name it lists them.
"""
import bz2, io, lzma, struct, sys, tarfile, zipfile, zlib

sys.dont_write_bytecode = True
import pdf

MIB = 1 << 20


def zeros(mebibytes):
    """A raw DEFLATE stream of so many MiB of zeros, and their CRC-32."""
    one = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = one.compress(bytes(MIB)) + one.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(min(mebibytes, 64)):
        crc = zlib.crc32(bytes(MIB), crc)
    return block * mebibytes + b"\x03\x00", crc


def local(name, packed, size, crc, method=8):
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, method, 0, 0x21, crc, packed, size, len(name), 0) + name


def central(name, packed, size, crc, offset, method=8):
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, method, 0, 0x21, crc, packed, size, len(name),
                       0, 0, 0, 0, 0, offset) + name


def end(count, directory, offset):
    return struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), offset, 0)


def one_zip(name, mebibytes):
    data, crc = zeros(mebibytes)
    size = min(mebibytes * MIB, 0xFFFFFFFE)
    head = local(name, len(data), size, crc)
    directory = central(name, len(data), size, crc, 0)
    return head + data + directory + end(1, directory, len(head) + len(data))


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def zip_bomb():
    return one_zip(b"zeros", 4000)


def gzip_bomb():
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + zeros(4096)[0] + bytes(8)


def gzip_nested():
    content = gzip_bomb()
    for _ in range(20):
        content = zlib.compress(content, 9, 31)
    return content


def bzip2_bomb():
    return bz2.compress(bytes(20 * MIB)) * 500


def xz_bomb():
    return lzma.compress(bytes(20 * MIB), preset=0) * 100


def zstd_bomb():
    block = struct.pack("<I", (128 * 1024) << 3 | 1 << 1)[:3] + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x58" + block * 100_000


def forty_two():
    content = one_zip(b"0.dll", 4000)
    for level in ["page", "doc", "chapter", "book", "lib"]:
        content = zipped([(f"{level} {number:x}.zip", content) for number in range(16)])
    return content


def nest():
    content = b"end"
    for level in range(500):
        head = local(b"n.zip", len(content), len(content), zlib.crc32(content), 0)
        directory = central(b"n.zip", len(content), len(content), zlib.crc32(content), 0, 0)
        content = head + content + directory + end(1, directory, len(head) + len(content))
    return content


class Bits:
    """Bits as DEFLATE has them: numbers from their lowest bit on, codes from their highest."""

    def __init__(self):
        self.bits = []

    def number(self, value, size):
        self.bits += [value >> place & 1 for place in range(size)]

    def code(self, value, size):
        self.bits += [value >> place & 1 for place in reversed(range(size))]

    def bytes(self):
        self.bits += [0] * (-len(self.bits) % 8)
        return bytes(sum(bit << place for place, bit in enumerate(self.bits[at:at + 8]))
                     for at in range(0, len(self.bits), 8))


def quine():
    """A zip that holds itself, as Russ Cox made one ("Zip Files All The Way Down", 2010).

    Its DEFLATE stream is a program of two instructions of ten bytes each: print the next n tens of bytes (L), repeat the
    last n tens (R). The checksum, which stands in what it is the checksum of, is a fixed point of an affine map.
    """
    unit = 10

    def print_(n):
        return b"\x00\x00\x00\xff\xff\x00" + struct.pack("<HH", n * unit, 0xFFFF ^ n * unit)

    def coded(value, bases, extras):
        index = max(index for index, base in enumerate(bases) if base <= value)
        return index, value - bases[index], extras[index]

    lengths = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227]
    length_extras = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4
    distances = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193]
    distance_extras = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]

    def repeat(n, last=0):
        bits = Bits()
        bits.number(0b010, 3)
        index, rest, extra = coded(n * unit, lengths, length_extras)
        symbol = 257 + index
        bits.code(symbol - 256, 7) if symbol < 280 else bits.code(0xC0 + symbol - 280, 8)
        bits.number(rest, extra)
        index, rest, extra = coded(n * unit, distances, distance_extras)
        bits.code(index, 5)
        bits.number(rest, extra)
        bits.code(0, 7)
        while len(bits.bits) + 3 <= 8 * (unit - 5):
            bits.number(0b010, 3)
            bits.code(0, 7)
        bits.number(last, 3)
        out = bits.bytes() + b"\x00\x00\xff\xff"
        assert len(out) == unit, (n, len(out))
        return out

    def file(crc):
        name = b"quine1.zip"
        p, s = 4, 8
        size = packed = 0
        for _ in range(2):
            head = local(name, packed, size, crc)
            directory = central(name, packed, size, crc, 0)
            tail = directory + end(1, directory, len(head) + packed)[:-2] + b"\x02\x00##"
            L, R, final = print_, repeat, repeat(s + 1, 1)
            code = (L(p + 1) + head + L(p + 1) + R(p + 1) + L(1) + R(p + 1) + L(1) + L(1)
                    + L(4) + R(p + 1) + L(1) + L(1) + L(4) + R(4) + L(4) + R(4) + L(4) + R(4) + L(4) + R(4)
                    + L(4) + R(4) + L(0) + L(0) + L(s + 1) + R(4) + L(0) + L(0) + L(s + 1) + final + tail + final)
            packed, size = len(code), len(head) + len(code) + len(tail)
        return head + code + tail

    base = zlib.crc32(file(0))
    columns = [zlib.crc32(file(1 << bit)) ^ base ^ 1 << bit for bit in range(32)]
    # Solve (A + 1) x = base by elimination.
    rows = [(column, 1 << bit) for bit, column in enumerate(columns)]
    answer, value = 0, base
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            continue
        rows = [(a ^ pivot[0], b ^ pivot[1]) if a >> bit & 1 else (a, b) for a, b in rows if (a, b) != pivot]
        if value >> bit & 1:
            value, answer = value ^ pivot[0], answer ^ pivot[1]
    content = file(answer)
    assert value == 0 and zlib.crc32(content) == answer and zlib.decompress(content[40:], -15) == content
    return content


def overlap():
    """Every line of the directory has the same bytes."""
    data, crc = zeros(100)
    head = local(b"0", len(data), 100 * MIB, crc)
    directory = b"".join(central(b"0", len(data), 100 * MIB, crc, 0) for _ in range(30_000))
    return head + data + directory + end(30_000, directory, len(head) + len(data))


def overlap_quoted():
    """Fifield's construction: each member quotes the next one's header in a stored block and goes on into its data."""
    data, crc = zeros(20)
    plain = bytes(20 * MIB)
    files = []
    name = b"250"
    blob = data
    head = local(name, len(blob), len(plain), crc)
    size = len(plain)
    files.append((name, len(blob), size, crc, head))
    total = head + blob
    for number in range(249, -1, -1):
        name = b"%03d" % number
        quoted = b"\x00" + struct.pack("<HH", len(head), 0xFFFF ^ len(head)) + head
        packed = len(quoted) + files[-1][1]
        size += len(head)
        crc = 0
        new = local(name, packed, size, crc)
        total = new + quoted + total[len(head):]
        files.append((name, packed, size, crc, new))
        head = new
    offset, directory = 0, b""
    for name, packed, size, crc, head in reversed(files):
        directory += central(name, packed, size, crc, offset)
        offset += len(head) + 5
    return total + directory + end(len(files), directory, len(total))


def members():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for number in range(30_000):
            archive.addfile(tarfile.TarInfo(f"{number}"))
    return out.getvalue()


def sparse():
    """A tar member of 512 bytes and a hole of 8 GB."""
    hole = (1 << 33) - 1024
    head = bytearray(512)
    head[0:4] = b"hole"
    head[100:108] = b"0000644\0"
    head[124:136] = b"%011o\0" % 512
    head[136:148] = b"00000000000\0"
    head[156] = ord("S")
    head[257:265] = b"ustar  \0"
    head[386:398] = b"%011o\0" % hole
    head[398:410] = b"%011o\0" % 512
    head[483:495] = b"%011o\0" % (hole + 512)
    head[148:156] = b"        "
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + b"x" * 512 + bytes(1024)


def seven_zip_number(value):
    return b"\xff" + struct.pack("<Q", value)


def seven_zip_files():
    """A 7z of 7 KB whose compressed header claims fifty million empty files."""
    count = 50_000_000
    empty = b"\xff" * (count // 8)
    header = b"\x01\x05" + seven_zip_number(count) + b"\x0e" + seven_zip_number(len(empty)) + empty + b"\x00\x00"
    return seven_zip_compressed(header)


def seven_zip_compressed(header):
    lzma1 = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 3, "lp": 0, "pb": 2}
    packed = lzma.compress(header, format=lzma.FORMAT_RAW, filters=[lzma1])
    info = b"\x17\x06" + seven_zip_number(0) + b"\x01\x09" + seven_zip_number(len(packed)) + b"\x00"
    info += b"\x07\x0b\x01\x00\x01\x23\x03\x01\x01\x05\x5d" + struct.pack("<I", 1 << 20)
    info += b"\x0c" + seven_zip_number(len(header)) + b"\x00\x00"
    start = struct.pack("<QQI", len(packed), len(info), zlib.crc32(info))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + info


def seven_zip_zeros():
    """A 7z with one member of 800 MiB of zeros, in LZMA2."""
    size = 800 * MIB
    crc = 0
    for _ in range(800):
        crc = zlib.crc32(bytes(MIB), crc)
    chunk = lzma.LZMACompressor(format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])
    packed = b"".join([chunk.compress(bytes(MIB)) for _ in range(800)] + [chunk.flush()])
    header = b"\x01\x04\x06" + seven_zip_number(0) + b"\x01\x09" + seven_zip_number(len(packed)) + b"\x00"
    header += b"\x07\x0b\x01\x00\x01\x21\x21\x01\x10\x0c" + seven_zip_number(size)
    header += b"\x00\x08\x0a\x01" + struct.pack("<I", crc) + b"\x00\x00\x05\x01\x11\x05\x00" + "z".encode("utf-16-le") + b"\0\0" + b"\x00\x00"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def seven_zip_folders():
    """A 7z whose header claims a hundred million folders."""
    header = b"\x01\x04\x06" + seven_zip_number(0) + seven_zip_number(1) + b"\x09" + seven_zip_number(0) + b"\x00"
    header += b"\x07\x0b" + seven_zip_number(100_000_000) + b"\x00"
    return seven_zip(header)


def seven_zip(header):
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + header


def vint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def rar5_block(body):
    sized = vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized


def rar_header():
    """A RAR 5 whose member claims 2^60 bytes and a window of 64 GB."""
    main = rar5_block(vint(1) + vint(0) + vint(0))
    compression = 0 | 1 << 7 | 15 << 10
    name = b"x"
    file = vint(2) + vint(2) + vint(64) + vint(0) + vint(1 << 60) + vint(0) + vint(compression) + vint(1)
    return b"Rar!\x1a\x07\x01\x00" + main + rar5_block(file + vint(len(name)) + name) + b"\xff" * 64


def iso_record(name, extent, size, flags):
    length = 33 + len(name) + (1 - len(name) % 2)
    both = lambda value, width: value.to_bytes(width, "little") + value.to_bytes(width, "big")
    body = bytes([length, 0]) + both(extent, 4) + both(size, 4) + bytes(7) + bytes([flags, 0, 0]) + both(1, 2)
    return (body + bytes([len(name)]) + name).ljust(length, b"\0")


def iso(folder, data):
    """A disc with this one folder in sectors from 20 on, and the data behind it."""
    both = lambda value, width: value.to_bytes(width, "little") + value.to_bytes(width, "big")
    root = iso_record(b"\0", 20, len(folder), 2)
    sectors = 20 + len(folder) // 2048 + len(data) // 2048
    volume = bytearray(2048)
    volume[0:7] = b"\x01CD001\x01"
    volume[80:88] = both(sectors, 4)
    volume[120:124] = both(1, 2)
    volume[124:128] = both(1, 2)
    volume[128:132] = both(2048, 2)
    volume[132:140] = both(10, 4)
    volume[140:144] = (19).to_bytes(4, "little")
    volume[148:152] = (19).to_bytes(4, "big")
    volume[156:156 + len(root)] = root
    volume[881] = 1
    last = b"\xffCD001\x01".ljust(2048, b"\0")
    return bytes(16 * 2048) + bytes(volume) + last + bytes(2 * 2048) + folder + data


def iso_loop():
    """A disc whose only folder holds itself."""
    names = [b"\0", b"\1"] + [b"A%d" % n for n in range(20)]
    folder = b"".join(iso_record(name, 20, 2048, 2) for name in names)
    return iso(folder.ljust(2048, b"\0"), bytes(43 * 2048))


def names():
    """Sixty thousand names for one empty member."""
    directory = b"".join(central(b"%05d" % n, 0, 0, 0, 0, 0) for n in range(60_000))
    head = local(b"00000", 0, 0, 0, 0)
    return head + directory + end(60_000, directory, len(head))


BOMBS = {
    "zip": (zip_bomb, "ratio"), "gzip": (gzip_bomb, "ratio"), "gzip nested": (gzip_nested, "ratio"),
    "bzip2": (bzip2_bomb, "ratio"), "xz": (xz_bomb, "ratio"), "zstd": (zstd_bomb, "ratio"),
    "42": (forty_two, "ratio"), "nest": (nest, "depth"), "quine": (quine, "depth"), "overlap": (overlap, "overlap"),
    "overlap quoted": (overlap_quoted, "overlap"), "members": (members, "members"), "sparse": (sparse, "unpacked bytes"),
    "7z": (seven_zip_zeros, "ratio"), "7z files": (seven_zip_files, "directory"), "7z folders": (seven_zip_folders, "directory"),
    "rar header": (rar_header, "damaged"), "iso loop": (iso_loop, "damaged"),
    "names": (names, "overlap"),
    "pdf file": (lambda: pdf.pdf(pdf.stream(5, bytes(400 * MIB), b"/Type /EmbeddedFile ")), "held bytes"),
    "pdf objects": (lambda: pdf.pdf(*[pdf.stream(n, bytes(30 * MIB), b"/Type /ObjStm ") for n in range(30)]), "ratio"),
}

if len(sys.argv) < 2:
    print("\n".join(f"{name}\t{kind}" for name, (_, kind) in BOMBS.items()))
else:
    sys.stdout.buffer.write(BOMBS[sys.argv[1]][0]())
