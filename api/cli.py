"""`yinji`: the command line. Each command imports only what it needs, so that `verify` is quick.

Exit codes of `verify`: 0 valid, 1 invalid or revoked, 2 indeterminate, 3 superseded, 64 usage or
unreadable input, 70 internal error. `deposit` that is not anchored in time: 75.
"""

import sys
from typing import Final

import click
import typer

from api.commands import chain, depositing, exporting, operating, revoking, verification
from core.errors import InvalidInput, ServiceError

USAGE: Final = 64
INTERNAL: Final = 70

app = typer.Typer(
    name="yinji",
    help="印记 Yinji:作品存证与核验 / deposit works and verify certificates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("deposit")(depositing.deposit)
app.command("export")(exporting.export)
app.command("verify")(verification.verify)
app.command("revoke")(revoking.revoke)
app.command("up")(operating.up)
app.command("migrate")(operating.migrate)
app.command("setup")(operating.setup)
app.command("fsck")(operating.fsck)
app.command("deploy")(chain.deploy)
app.command("resume")(chain.resume)
app.command("alarms")(chain.alarms)


def main() -> None:
    """Run a command; every failure is one sentence and one exit code, never a traceback."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.ClickException as error:
        sys.stderr.write(f"yinji: {error.format_message()}\n")
        sys.exit(USAGE)
    except ServiceError as error:
        where = f" [{error.field}]" if error.field else ""
        sys.stderr.write(f"yinji: {error.message}{where}\n")
        sys.exit(USAGE if isinstance(error, InvalidInput) else 1)
    except Exception as error:  # noqa: BLE001 - Python's own exit code 1 would say "invalid"
        sys.stderr.write(f"yinji: 内部错误 internal error: {type(error).__name__}: {error}\n")
        sys.exit(INTERNAL)


if __name__ == "__main__":
    main()
