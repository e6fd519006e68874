"""`yinji`: the command line. A command's module is imported only when that command is called.

Exit codes are the same for every command, as README.md lists them: `code_of` says which error is
which. `verify` has 2 and 3 besides, and uses 1 for one thing only: invalid or revoked.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from api.commands.local import NOT_IN_TIME
from core.errors import InvalidInput, NotFound, NotReady, OutcomeUnknown, ServiceError

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

REFUSED: Final = 1
USAGE: Final = 64
INTERNAL: Final = 70


class Place(NamedTuple):
    """Where a command is: a module of `api.commands` and its function; `help` is one line."""

    module: str
    function: str
    help: str


COMMANDS: Final = {
    "deposit": Place(
        "depositing",
        "deposit",
        "存证文件并取得证书 / deposit files and fetch certificate and package.",
    ),
    "export": Place(
        "exporting",
        "export",
        "导出只披露所选事实的副本 / export a copy that discloses only the facts you name.",
    ),
    "verify": Place(
        "verification",
        "verify",
        "核验文件与证书 / check files against a certificate (PDF) or package (ZIP).",
    ),
    "revoke": Place(
        "revoking",
        "revoke",
        "撤销存证,不可恢复 / revoke an evidence for good; its certificate is then revoked.",
    ),
    "review": Place(
        "reviewing",
        "review",
        "审核通过,放行证书 / let an evidence's certificate go out after a look at it.",
    ),
    "file": Place(
        "filing",
        "file",
        "批量登记:表格每行一件作品 / file many works from a sheet, one a row, each answered.",
    ),
    "story": Place(
        "story",
        "story",
        "演示一次完整的登记 / play one whole registration, from deposit to certificate.",
    ),
    "up": Place(
        "operating",
        "up",
        "启动内置服务 / start the embedded stack and stay in the foreground.",
    ),
    "migrate": Place(
        "operating",
        "migrate",
        "升级数据库结构 / bring the database to the newest schema.",
    ),
    "setup": Place(
        "operating",
        "setup",
        "准备数据库、密钥、合约与信任文件 / prepare database, keys, contract and trust file.",
    ),
    "staff": Place(
        "officers",
        "staff",
        "邀请机构工作人员 / invite an officer; the one-time code goes to var/outbox.",
    ),
    "api": Place(
        "serving",
        "api",
        "启动 HTTP 接口进程 / serve the HTTP API and the pages; start as many as you need.",
    ),
    "worker": Place(
        "serving",
        "worker",
        "启动后台进程 / run a worker: storing, time-stamps, the chain, certificates.",
    ),
    "scheduler": Place(
        "serving",
        "scheduler",
        "启动定时进程 / run the scheduler that wakes the workers; one is enough.",
    ),
    "fsck": Place(
        "operating",
        "fsck",
        "检查全部不变量 / check every invariant; exit 0 or 1, and 2 where it could not be done.",
    ),
    "keys": Place(
        "sealing_keys",
        "keys",
        "各加密密钥下的数据 / count what lies under each sealing key; 0 when under one.",
    ),
    "audit": Place(
        "auditing",
        "audit",
        "核对审计链,或立即存证其链首 / verify the audit, or deposit its heads now; exit 0, 1, 2.",
    ),
    "office": Place(
        "offices",
        "office",
        "检查、启用或停用登记机构 / check an office's rules, put it in force, or suspend it.",
    ),
    "holidays": Place(
        "holidays",
        "holidays",
        "维护节假日表 / keep the holiday table; terms that run are counted again.",
    ),
    "mission": Place(
        "missions",
        "mission",
        "列出四个原系统的功能完成情况 / count what became of each function of the four systems.",
    ),
    "deploy": Place(
        "chain",
        "deploy",
        "部署合约(生产环境)/ deploy the contract, record it, and wait until it is final.",
    ),
    "resume": Place(
        "chain",
        "resume",
        "恢复被停用的密钥 / let a halted key sign again; find out first why it was halted.",
    ),
    "alarms": Place(
        "chain",
        "alarms",
        "列出或清除警报 / list open alarms, or clear one: a held-back call is then tried again.",
    ),
}
"""In the order of the help; a test holds each line against the command's own docstring."""


class Commands(TyperGroup):
    """The group of `COMMANDS`, which names them all and loads the one that is called."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 - the library's signature
        return list(COMMANDS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command":
        place = COMMANDS.get(cmd_name)
        if place is None:
            from difflib import get_close_matches  # noqa: PLC0415 - only a misspelling needs it

            near = ", ".join(get_close_matches(cmd_name, COMMANDS))
            hint = f";是否想用 did you mean: {near}" if near else ""
            ctx.fail(f"没有这个命令 / no such command: {cmd_name}{hint}")
        one = typer.Typer(add_completion=False, pretty_exceptions_enable=False,
                          rich_markup_mode=None)  # fmt: skip
        module = import_module(f"api.commands.{place.module}")
        one.command(cmd_name)(getattr(module, place.function))
        return get_command(one)

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])


app = typer.Typer(
    name="yinji",
    cls=Commands,
    help="印记 Yinji:作品存证与核验 / deposit works and verify certificates.",
    epilog="退出码 exit codes: 0 完成 done (verify: 有效 valid); 1 被拒或有误 refused or wrong "
    "(verify: 无效或已撤销 invalid or revoked); 2 未能检查 could not be checked; 3 已被取代 "
    "superseded; 64 用法有误 wrong usage; 70 内部错误 internal error; 75 稍后重复同一命令 "
    "repeat the same command later; 130 中断 interrupted.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(USAGE)


def code_of(error: ServiceError) -> int:
    """What was typed is at fault, and so is a name or number that leads to nothing; what will be
    there, or answer, later; else it was refused.
    """
    match error:
        case InvalidInput() | NotFound():
            return USAGE
        case NotReady() | OutcomeUnknown():
            return NOT_IN_TIME
        case _:
            return REFUSED


def main() -> None:
    """Run a command; every failure is one sentence and one exit code, never a traceback."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except typer.Abort:
        sys.exit(130)
    except typer.TyperException as error:
        sys.stderr.write(f"yinji: {error.format_message()}\n")
        sys.exit(USAGE)
    except ServiceError as error:
        where = f" [{error.field}]" if error.field else ""
        sys.stderr.write(f"yinji: {error.message}{where}\n")
        sys.exit(code_of(error))
    except Exception as error:  # noqa: BLE001 - Python's own exit code 1 would say "invalid"
        sys.stderr.write(f"yinji: 内部错误 internal error: {type(error).__name__}: {error}\n")
        sys.exit(INTERNAL)


if __name__ == "__main__":
    main()
