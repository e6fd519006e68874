"""`var/papers/`: encrypted papers, one file each, apart from works. Plain bytes never get here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from api.keyfiles import write_private
from core.errors import NotFound


class PaperStore:
    """Files named by the paper's id, mode 600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, paper_id: UUID, body: bytes) -> None:
        """Whole and durable, or not at all. Before the row is written."""
        write_private(self._path(paper_id), body)

    def read(self, paper_id: UUID) -> bytes:
        try:
            return self._path(paper_id).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("材料不存在 / no such paper") from error

    def delete(self, paper_id: UUID) -> None:
        """After the row's key was erased; a file that stays behind is noise."""
        self._path(paper_id).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Every paper there is, for fsck."""
        return (path.name for path in self._folder.glob("[!.]*"))

    def written_at(self, name: str) -> datetime:
        return datetime.fromtimestamp((self._folder / name).stat().st_mtime, UTC)

    def _path(self, paper_id: UUID) -> Path:
        return self._folder / paper_id.hex
