"""The type of a file by its content (libmagic), compared with what its name says."""

from typing import Final

import magic

from core.errors import InvalidInput, UnsupportedType
from evidence.limits import IntakeLimits
from evidence.names import extension

HEAD_BYTES: Final = 64 * 1024


def media_type(head: bytes, name: str, field: str, limits: IntakeLimits) -> str:
    """The media type of a file from its first `HEAD_BYTES` bytes.

    Raises:
        UnsupportedType: an extension we do not take.
        InvalidInput: content of another kind than the name says.
    """
    ending = extension(name)
    allowed = limits.formats.get(ending)
    if allowed is None:
        known = "、".join(sorted(limits.formats))
        raise UnsupportedType(
            f"不支持的文件格式,可用: {known} / unsupported format; accepted: {known}", field=field
        )
    found: str = magic.from_buffer(head, mime=True)
    plain_text = ending in {"txt", "md"} and found.startswith("text/")
    if allowed and found not in allowed and not plain_text:
        raise InvalidInput(
            f"文件内容是 {found},与扩展名 .{ending} 不符,请改正扩展名或另存 / "
            f"the content is {found}, which does not fit .{ending}: rename or re-export the file",
            field=field,
        )
    return found
