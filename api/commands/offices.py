"""`yinji office`: what an operator does with offices."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InvalidInput

if TYPE_CHECKING:
    from api.wiring import Services
    from registry.force import OfficeAct
    from registry.profile import Profile
    from registry.readiness import Fault


def office(
    action: Annotated[str, typer.Argument(help="check, enforce, suspend, standing")],
    target: Annotated[
        str,
        typer.Argument(
            metavar="FILE|OFFICE",
            help="check:TOML 文件 a TOML file;其余:机构代码 else: the office's key",
        ),
    ],
    by: Annotated[str, typer.Option(help="操作人 who does it (enforce, suspend)")] = "",
    reason: Annotated[str, typer.Option(help="停用原因 why (suspend)")] = "",
) -> int:
    """检查、启用或停用登记机构 / check an office's rules, put it in force, or suspend it."""
    if action == "check":
        return _check(Path(target))
    from api.commands.local import running_settings
    from api.wiring import Services
    from registry import offices

    if action not in {"enforce", "suspend", "standing"}:
        raise InvalidInput("可用 / accepts: check, enforce, suspend, standing", field="action")
    services = Services(running_settings())
    profile = offices.get(target, services.offices)
    if action == "standing":
        return _standing(services, profile)
    if not by.strip():
        raise InvalidInput("请用 --by 写明操作人 / say who does this: --by NAME", field="by")
    if action == "enforce":
        return _enforce(services, profile, by)
    return _suspend(services, profile, by, reason)


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
    against = _not_numbering(profile)
    print(f"\nSHA-256 {profile.digest.hex()}")
    return 1 if against else 0


def _not_numbering(profile: "Profile") -> bool:
    """Say what stands against these rules in the other offices and in the numbers this installation
    has issued; whether anything does.
    """
    from core.errors import Misconfigured, NotReady

    try:
        against = _numbering_faults(profile)
    except Misconfigured as error:
        print(f"\n✗ {error.message}")
        return True
    except NotReady as error:
        print(f"\n未与已发登记号核对。Not compared with the numbers issued: {error.message}")
        return False
    for fault in against:
        print(f"\n✗ [{fault.field}] {fault.said}")
    return bool(against)


def _numbering_faults(profile: "Profile") -> "Sequence[Fault]":
    """Raises Misconfigured when another office has these numbers, NotReady where there is no
    installation.
    """
    from api.commands.local import running_settings
    from api.numbers_kept import numbering_faults
    from api.wiring import Services, utc_now
    from core.errors import Misconfigured, NotReady
    from registry.offices import require_own_numbers, shipped

    try:
        services = Services(running_settings())
    except Misconfigured as error:
        require_own_numbers({**shipped(), profile.key: profile}.values())
        raise NotReady("此处没有运行的系统 / no installation here") from error
    require_own_numbers({**services.offices, profile.key: profile}.values())
    return numbering_faults(services, [profile], now=utc_now())


def _enforce(services: "Services", profile: "Profile", by: str) -> int:
    """Commit first; the trust file follows from what is committed, and a repeat writes it too."""
    from api import enforcing
    from api.database import transaction
    from api.deployment import Deployment
    from api.trust_file import write_trust
    from api.wiring import utc_now
    from registry.enforcing import enforce

    against = enforcing.faults(services, profile, now=utc_now())
    if against:
        for fault in against:
            sys.stderr.write(f"✗ [{fault.field}] {fault.said}\n")
        sys.stderr.write(
            f"{profile.name.zh} 未启用:{len(against)} 项 / not put in force: {len(against)}\n"
        )
        return 1
    grounds = enforcing.grounds(services, profile)
    with transaction(services.sessions) as session:
        act = enforce(session, profile, grounds, by, clock=utc_now)
        told = _told(act)
    write_trust(services, Deployment.load(services.settings.var))
    _print(profile, told)
    return 0


def _suspend(services: "Services", profile: "Profile", by: str, reason: str) -> int:
    from api.database import transaction
    from api.wiring import utc_now
    from registry.enforcing import suspend

    if not reason.strip():
        raise InvalidInput("请用 --reason 写明原因 / say why: --reason TEXT", field="reason")
    with transaction(services.sessions) as session:
        told = _told(suspend(session, profile.key, by, reason, clock=utc_now))
    _print(profile, told)
    return 0


def _standing(services: "Services", profile: "Profile") -> int:
    from api.database import transaction
    from registry import force

    with transaction(services.sessions) as session:
        told = [_told(act) for act in force.acts(session, profile.key)]
    if not told:
        print(f"{profile.name.zh}:样本,未启用 / a sample: never put in force")
    for each in told:
        _print(profile, each)
    return 0


def _told(act: "OfficeAct") -> Mapping[str, str]:
    said = {
        "act": act.act,
        "at": act.at.isoformat(timespec="seconds"),
        "by": act.by,
        "reason": act.reason,
        "rules": None if act.edition is None else act.edition.hex(),
        "certificate": act.certificate_sha256,
        "root": act.root_sha256,
        "seal": act.seal_sha256,
        "software seal": act.software_seal_sha256,
        "chain": None if act.chain_id is None else str(act.chain_id),
        "contract": None if act.contract is None else "0x" + act.contract.hex(),
        "time": ", ".join(act.time_roots) if act.time_roots else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _print(profile: "Profile", told: Mapping[str, str]) -> None:
    state = {"enforced": "已启用 in force", "suspended": "已停用 suspended"}[told["act"]]
    print(f"{profile.name.zh} {profile.name.en}: {state}")
    for name, value in told.items():
        if name != "act":
            print(f"  {name:<14}{value}")
