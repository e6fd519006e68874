"""`yinji audit`: an operator's look at the audit, and a deposit of its heads ahead of time."""

import json
from typing import Annotated

import typer

from core.errors import InvalidInput, ServiceError


def audit(
    action: Annotated[str, typer.Argument(help="verify, anchor")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print one document")] = False,
) -> int:
    """核对审计链,或立即存证其链首 / verify the audit, or deposit its heads now; exit 0, 1, 2."""
    from api.commands.local import running_settings
    from api.wiring import Services

    services = Services(running_settings())
    if action == "anchor":
        from api.audit_heads import deposit_heads

        made = deposit_heads(services)
        print("链首已存证 heads deposited" if made else "没有可存证的 nothing to deposit")
        return 0
    if action != "verify":
        raise InvalidInput("可用 / accepts: verify, anchor", field="action")
    from api.commands.operating import not_done
    from api.fsck import run_audit

    try:
        found = run_audit(services)
    except ServiceError as error:
        return not_done(error)
    if as_json:
        print(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        for violation in found.violations:
            print("✗ {invariant} {subject}: {detail}".format(**violation))
        print(f"checked {sum(found.checked.values())} violations {len(found.violations)}")
    return 1 if found.violations else 0
