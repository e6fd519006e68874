"""`yinji office`: what an operator does with offices."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import InvalidInput


def office(
    action: Annotated[str, typer.Argument(help="check")],
    file: Annotated[Path, typer.Argument(help="登记机构的 TOML 文件 an office's TOML file")],
) -> int:
    """检查登记机构的规则并逐条说明 / check an office's rules and explain them; exit 0, 1 or 64."""
    if action != "check":
        raise InvalidInput("可用 / accepts: check", field="action")
    return _check(file)


def _check(file: Path) -> int:
    from registry.explaining import render
    from registry.profile import parse_profile
    from registry.profile_reading import InvalidProfile

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"文件无法读取,请核对路径与 UTF-8 编码 / cannot be read: check path and UTF-8 encoding "
            f"({type(error).__name__})",
            field="file",
        ) from error
    try:
        profile = parse_profile(text, str(file))
    except InvalidProfile as error:
        for problem in error.problems:
            print(f"{file}:{problem.line}: {problem.key}: {problem.said}")
        print(f"\n{len(error.problems)} 处须更正 / to correct: {len(error.problems)}")
        return 1
    print(render(profile))
    print(f"\nSHA-256 {profile.digest.hex()}")
    return 0
