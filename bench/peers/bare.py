"""The least a command of typer and rich can be: hash a file, print a table."""

from hashlib import sha256
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table


def main(file: Path) -> None:
    table = Table("file", "SHA-256")
    table.add_row(file.name, sha256(file.read_bytes()).hexdigest())
    Console().print(table)


typer.run(main)
