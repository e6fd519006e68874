"""`yinji staff`: the first officers of an office. Codes go to the outbox, never to the screen."""

from typing import Annotated

import typer

from core.errors import InvalidInput


def staff(
    action: Annotated[str, typer.Argument(help="add")],
    office: Annotated[str, typer.Option(help="登记机构 office")],
    role: Annotated[
        str,
        typer.Option(
            help="first_examiner, final_examiner, registrar, cashier, supervisor",
        ),
    ],
    to: Annotated[str, typer.Option("--to", help="邮箱或手机 e-mail or mobile of the officer")],
    name: Annotated[str, typer.Option(help="姓名 name")],
    agency: Annotated[
        str,
        typer.Option(
            help="初审员所在初审机构;机构自行初审的不填 of a first examiner: which agency"
        ),
    ] = "",
) -> int:
    """邀请机构工作人员 / invite an officer; the one-time code goes to var/outbox."""
    from accounts.identifiers import parse_identifier
    from api.commands.local import running_settings
    from api.staffing import CODE_HOURS, agency_for, invite_officer
    from api.wiring import Services, utc_now
    from registry import offices

    if action != "add":
        raise InvalidInput("用法:yinji staff add / usage: yinji staff add", field="action")
    services = Services(running_settings())
    identifier = parse_identifier(to, "to")
    at = agency_for(offices.get(office, services.offices), role, agency or None)
    path = invite_officer(services, identifier, name, office, role, at, now=utc_now())
    print(f"邀请已写入 invitation written: outbox/{path.name} ({CODE_HOURS} h)")
    return 0
