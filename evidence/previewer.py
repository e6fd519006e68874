"""A picture in on stdin, a small re-encoded WebP out on stdout. A program, never imported.

It runs alone in a process that holds no key, no address and no open file: memory, processor time
and output are capped, and where the system permits it there is no network. It looks at the header
first and decodes only what is within its limits; metadata and the original bytes never pass.

Arguments: format (PNG, JPEG, WEBP, GIF), longest side of the result, most pixels of the source.
Exit codes: 0 done; 3 not a picture of that format; 4 too many pixels.
"""

import ctypes
import io
import resource
import sys
import warnings

from PIL import Image, ImageOps

_MEMORY = 1024 * 1024 * 1024
_SECONDS = 15
_OUTPUT = 16 * 1024 * 1024
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, unshare(2)
_BROKEN, _TOO_MANY = 3, 4


def confine() -> None:
    """Give up what a decoder does not need; it cannot be taken back."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OUTPUT, _OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Only root and user namespaces may; an ordinary user's failure changes nothing.
        ctypes.CDLL(None).unshare(_NEW_NETWORK)
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def preview(data: bytes, kind: str, longest: int, most_pixels: int) -> bytes:
    """The small picture; ValueError when there are too many pixels."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    with Image.open(io.BytesIO(data), formats=[kind]) as opened:
        width, height = opened.size
        if width * height > most_pixels:
            raise Image.DecompressionBombError
        opened.draft("RGB", (longest, longest))
        small = ImageOps.exif_transpose(opened)
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    small.thumbnail((longest, longest))
    plain = Image.new(small.mode, small.size)
    plain.paste(small)
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=80)
    return out.getvalue()


def main() -> int:
    """Read, draw, write; say by the exit code what was wrong."""
    kind, longest, most_pixels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    Image.init()
    confine()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        made = preview(sys.stdin.buffer.read(), kind, longest, most_pixels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return _TOO_MANY
    except (OSError, ValueError, SyntaxError, EOFError):
        return _BROKEN
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
