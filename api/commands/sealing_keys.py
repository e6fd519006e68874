"""`yinji keys`: what lies under which sealing key."""

import json
from typing import Annotated

import typer

from api.commands.local import running_settings


def keys(
    rewrap: Annotated[
        bool,
        typer.Option(
            "--rewrap", help="改用当前密钥封装 wrap what lies under older keys under the newest"
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print one document")] = False,
) -> int:
    """各加密密钥下的数据 / count what lies under each sealing key; 0 when under one."""
    from api import rewrapping
    from api.wiring import Services

    services = Services(running_settings())
    if rewrap:
        rewrapping.rewrap(services)
    found = rewrapping.standing(services)
    if as_json:
        document = {
            "current": found.current, "left": found.left, "free": found.free, "under": found.under
        }  # fmt: skip
        print(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
        return 1 if found.left else 0
    for key in sorted(found.under.keys() | found.held):
        seals = " (当前 seals)" if key == found.current else ""
        print(f"sealing/{key}.key{seals}")
        for what, number in sorted(found.under.get(key, {}).items()):
            print(f"{number:>8}  {what}")
    for key in found.free:
        print(f"sealing/{key}.key 已无数据使用,备份除外 / nothing here needs it, save for backups")
    print(f"仍在旧密钥下 left under older keys {found.left}")
    return 1 if found.left else 0
