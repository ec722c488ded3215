"""Pictures for the tests: made here, written as PNG or PNM, read back from PNG, BMP, TGA and the size
of a JPEG. An implementation of its own, so that what the programs write is not read by what wrote
it.

Source: the PNG specification (W3C), second edition; pnm(5); BITMAPINFOHEADER and BITMAPV4HEADER in
the Win32 manual; Truevision TGA 2.0; ITU-T T.81, B."""

import itertools
import random
import struct
import zlib
from typing import NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels: gray, RGB, RGBA
CHANNELS = {0: 1, 2: 3, 6: 4}
KINDS = ((8, 0), (8, 2), (8, 6), (16, 0))  # depth and colour type of what our programs write
FORMATS = {1: "gray", 3: "rgb24", 4: "rgba"}


class Picture(NamedTuple):
    width: int
    height: int
    channels: int
    pixels: bytes  # rows from the top, without padding; 16 bits: the upper byte first, as in a file
    depth: int = 8  # bits of each channel

    def pixel(self, x, y):
        step = self.channels * self.depth // 8
        at = (y * self.width + x) * step
        return tuple(self.pixels[at:at + step])

    def __repr__(self):  # a failed comparison shall not print every pixel
        return (f"{self.width}x{self.height}x{self.channels}x{self.depth}"
                f"[{zlib.crc32(self.pixels):08x} {self.pixels[:12].hex()}...]")


def noise(width, height, channels, seed, depth=8):
    return Picture(width, height, channels,
                   random.Random(seed).randbytes(width * height * channels * depth // 8), depth)


def reversed_colours(picture):
    """With red and blue in each other's places; gray stays as it is."""
    if picture.channels == 1:
        return picture
    pixels = bytearray(picture.pixels)
    pixels[0::picture.channels] = picture.pixels[2::picture.channels]
    pixels[2::picture.channels] = picture.pixels[0::picture.channels]
    return picture._replace(pixels=bytes(pixels))


def paeth(left, above, corner):
    estimate = left + above - corner
    distances = (abs(estimate - left), abs(estimate - above), abs(estimate - corner))
    return (left, above, corner)[distances.index(min(distances))]


def filtered(kind, row, above, step):
    """A row as it stands in the file."""
    left = bytes(step) + row
    corner = bytes(step) + above
    predicted = (
        itertools.repeat(0),
        left,
        above,
        ((a + b) // 2 for a, b in zip(left, above)),
        (paeth(a, b, c) for a, b, c in zip(left, above, corner)),
    )[kind]
    return bytes([kind]) + bytes((value - p) & 255 for value, p in zip(row, predicted))


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


def png(picture):
    """The bytes of a PNG file, in which the rows take turns with all five filters."""
    step = picture.channels * picture.depth // 8
    size = picture.width * step
    above = bytes(size)
    rows = []
    for y in range(picture.height):
        row = picture.pixels[y * size:(y + 1) * size]
        rows.append(filtered((y + 1) % 5, row, above, step))
        above = row
    header = struct.pack(">IIBBBBB", picture.width, picture.height, picture.depth,
                         COLOUR_TYPES[picture.channels], 0, 0, 0)
    return (SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 1)) +
            chunk(b"IEND", b""))


def pnm(picture):
    kind = {1: b"P5", 3: b"P6"}[picture.channels]
    return kind + b"\n%d %d\n255\n" % (picture.width, picture.height) + picture.pixels


def unfiltered(kind, row, above, step):
    if kind == 0:
        return row
    if kind == 2:
        return bytearray((value + b) & 255 for value, b in zip(row, above))
    out = bytearray(row)
    for channel in range(step):
        left = corner = 0
        values = []
        if kind == 1:
            values = [v & 255 for v in itertools.accumulate(row[channel::step])]
        elif kind == 3:
            for value, b in zip(row[channel::step], above[channel::step]):
                left = (value + (left + b) // 2) & 255
                values.append(left)
        else:
            for value, b in zip(row[channel::step], above[channel::step]):
                left = (value + paeth(left, b, corner)) & 255
                corner = b
                values.append(left)
        out[channel::step] = bytes(values)
    return out


def chunks(data):
    at = len(SIGNATURE)
    while at < len(data):
        length, = struct.unpack_from(">I", data, at)
        kind = data[at + 4:at + 8]
        body = data[at + 8:at + 8 + length]
        check, = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != check:
            raise ValueError(f"the checksum of {kind} is wrong")
        yield kind, body
        at += 12 + length


def read_png(path):
    """The picture in a file; ValueError or struct.error when the file is not whole."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(SIGNATURE):
        raise ValueError(f"{path} is no PNG file")
    parts = list(chunks(data))
    if parts[0][0] != b"IHDR" or parts[-1] != (b"IEND", b""):
        raise ValueError(f"{path} has no beginning or no end")
    width, height, depth, colour, packing, filters, lacing = struct.unpack(">IIBBBBB", parts[0][1])
    if (packing, filters, lacing) != (0, 0, 0) or (depth, colour) not in KINDS:
        raise ValueError(f"{path} is not what our programs write")
    step = CHANNELS[colour] * depth // 8
    raw = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    size = width * step
    if len(raw) != (size + 1) * height:
        raise ValueError(f"{path} has {len(raw)} bytes of pixels")
    above = bytes(size)
    rows = []
    for at in range(0, len(raw), size + 1):
        above = unfiltered(raw[at], raw[at + 1:at + 1 + size], above, step)
        rows.append(bytes(above))
    return Picture(width, height, CHANNELS[colour], b"".join(rows), depth)


def read_bmp(path):
    """24 bits in blue, green, red, or 32 with masks that say so; rows from the bottom."""
    with open(path, "rb") as file:
        data = file.read()
    size, start, width, height, bits = struct.unpack_from("<2xI4xI4xii2xH", data)
    if data[:2] != b"BM" or size != len(data) or bits not in (24, 32) or height < 1:
        raise ValueError(f"{path} is no whole BMP file of ours")
    if bits == 32 and struct.unpack_from("<IIII", data, 54) != (0xff0000, 0xff00, 0xff,
                                                                0xff000000):
        raise ValueError(f"{path} has other masks than expected")
    row, stride = width * bits // 8, (width * bits // 8 + 3) // 4 * 4
    if len(data) != start + stride * height:
        raise ValueError(f"{path} has {len(data)} bytes")
    rows = [data[start + y * stride:start + y * stride + row] for y in reversed(range(height))]
    return reversed_colours(Picture(width, height, bits // 8, b"".join(rows)))


def unpacked(data, count, step):
    """Pixels of a TGA file that are packed as runs."""
    out, at = bytearray(), 0
    while len(out) < count * step:
        length = (data[at] & 127) + 1
        if data[at] & 128:
            out += data[at + 1:at + 1 + step] * length
            at += 1 + step
        else:
            out += data[at + 1:at + 1 + step * length]
            at += 1 + step * length
    return bytes(out)


def read_tga(path):
    with open(path, "rb") as file:
        data = file.read()
    kind, = struct.unpack_from("<2xB", data)
    width, height, bits, flags = struct.unpack_from("<12xHHBB", data)
    if kind not in (2, 3, 10, 11) or bits not in (8, 24, 32):
        raise ValueError(f"{path} is no TGA file of ours")
    step = bits // 8
    pixels = data[18 + data[0]:]
    if kind >= 8:
        pixels = unpacked(pixels, width * height, step)
    row = width * step
    if len(pixels) < row * height:
        raise ValueError(f"{path} has {len(pixels)} bytes of pixels")
    rows = [pixels[y * row:(y + 1) * row] for y in range(height)]
    if not flags & 32:
        rows.reverse()
    return reversed_colours(Picture(width, height, step, b"".join(rows)))


def jpeg_size(path):
    """Width, height and components of a whole JPEG file."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(b"\xff\xd8\xff") or not data.endswith(b"\xff\xd9"):
        raise ValueError(f"{path} is no whole JPEG file")
    at = 2
    while True:
        marker, length = struct.unpack_from(">HH", data, at)
        if marker in (0xffc0, 0xffc1, 0xffc2):
            height, width, components = struct.unpack_from(">HHB", data, at + 5)
            return width, height, components
        at += 2 + length
