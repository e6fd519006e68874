"""What an installation takes: counts, sizes and formats. Defaults follow SD-66 … SD-83."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB

EARLIEST: Final = date(1800, 1, 1)
"""Of the days that a depositor or an applicant for registration may declare."""

# Extension → media types that libmagic gives for honest files of that kind.
DEFAULT_FORMATS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "png": frozenset({"image/png"}),
        "jpg": frozenset({"image/jpeg"}),
        "jpeg": frozenset({"image/jpeg"}),
        "gif": frozenset({"image/gif"}),
        "webp": frozenset({"image/webp"}),
        "tif": frozenset({"image/tiff"}),
        "tiff": frozenset({"image/tiff"}),
        "svg": frozenset({"image/svg+xml"}),
        "psd": frozenset({"image/vnd.adobe.photoshop"}),
        "pdf": frozenset({"application/pdf"}),
        "docx": frozenset(
            {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/zip",
            }
        ),
        "pptx": frozenset(
            {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                "application/zip",
            }
        ),
        "ppt": frozenset({"application/vnd.ms-powerpoint", "application/x-ole-storage"}),
        "txt": frozenset({"text/plain"}),
        "md": frozenset({"text/plain"}),
        "zip": frozenset({"application/zip"}),
        "mp3": frozenset({"audio/mpeg"}),
        "wav": frozenset({"audio/x-wav", "audio/wav"}),
        "flac": frozenset({"audio/flac", "audio/x-flac"}),
        "ogg": frozenset({"audio/ogg", "video/ogg", "application/ogg"}),
        "mp4": frozenset({"video/mp4", "audio/mp4"}),
        "mov": frozenset({"video/quicktime"}),
        # Says nothing of its content, so any content fits.
        "bin": frozenset(),
    }
)


@dataclass(frozen=True)
class IntakeLimits:
    """Sizes in bytes. `formats` maps lower-case extensions to accepted media types."""

    max_files: int = 10
    max_file_bytes: int = 20 * GIB
    max_display_pictures: int = 4
    max_display_bytes: int = 20 * MIB
    display_extensions: frozenset[str] = frozenset({"png", "jpg", "jpeg"})
    max_pixels: int = 200_000_000
    max_name_characters: int = 200
    max_title_characters: int = 200
    max_description_characters: int = 5000
    max_tags: int = 20
    max_authors: int = 30
    max_person_characters: int = 100
    max_waiting: int = 1000
    """Of one account's uploads that no deposit has taken."""
    max_waiting_bytes: int = 200 * GIB
    """The same, their lengths together."""
    prompt_digest_bytes: int = 256 * MIB
    """Up to this total the declared digests are compared before a deposit is answered."""
    formats: Mapping[str, frozenset[str]] = field(default_factory=lambda: DEFAULT_FORMATS)
