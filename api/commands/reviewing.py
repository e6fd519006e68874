"""`yinji review`: the operator has looked at an evidence, where the installation reviews them."""

from typing import Annotated

import typer


def review(
    number: Annotated[str, typer.Argument(help="存证编号 number of the evidence")],
) -> int:
    """审核通过,放行证书 / let an evidence's certificate go out after a look at it."""
    from api.commands.local import running_settings
    from api.database import transaction
    from api.wiring import Services, utc_now
    from evidence import delivery, deposits
    from evidence.models import Evidence
    from evidence.numbers import normalise

    services = Services(running_settings())
    with transaction(services.sessions) as session:
        found = deposits.by_number(session, normalise(number))
        evidence = session.get_one(Evidence, found.id, with_for_update=True)
        delivery.clear(session, evidence, now=utc_now())
    print(f"已审核 reviewed: {evidence.number}")
    return 0
