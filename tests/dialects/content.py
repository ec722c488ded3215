"""The messages that message.c makes, once more: what a test sends itself, or compares with what it has got."""

import functools

TEXT_TAIL = 200
WIDTH, HEIGHT, BITS = 40, 30, 24
MASK = 0xffffffff


@functools.lru_cache(maxsize=None)
def text(index, tail=TEXT_TAIL):
    state = (index * 2654435761 + 12345) & MASK

    def random():
        nonlocal state
        state = (state * 1664525 + 1013904223) & MASK
        return state >> 16

    left = random() % (tail + 1)
    parts = [f"message {index:04} "]
    while left > 0:
        number = random()
        if number % 16 == 0 and left >= 2:
            parts.append("é")
            left -= 2
        else:
            parts.append(chr(ord("a") + number // 16 % 26))
            left -= 1
    return "".join(parts)


def texts(first, count, tail=TEXT_TAIL):
    return [text(index, tail) for index in range(first, first + count)]


def size(index, vary=False):
    """Width and height of an image."""
    return (8 + index * 37 % 57, 6 + index * 53 % 43) if vary else (WIDTH, HEIGHT)


@functools.lru_cache(maxsize=None)
def pixels(index, vary=False, bits=BITS):
    width, height = size(index, vary)
    length = width * height * bits // 8
    ramp = bytes((index * 167 + 13 + place * (2 * index + 1)) & 255 for place in range(256))
    return index.to_bytes(4, "little") + (ramp * (length // 256 + 1))[4:length]


def index_of(bytes_of_image, vary=False):
    """Whose pixels these are; None: of no image, or of several."""
    index = int.from_bytes(bytes_of_image[:4], "little")
    return index if bytes_of_image == pixels(index, vary) else None
