"""Commands of an operator."""

import os

from api.commands.local import CHECKOUT


def up() -> int:
    """启动内置服务 / start the embedded stack and stay in the foreground."""
    from api.stack.settings import StackSettings
    from api.stack.supervisor import run

    return run(StackSettings.from_environment(os.environ, CHECKOUT))


def migrate() -> int:
    """升级数据库结构 / bring the database to the newest schema."""
    from api.migrating import migrate as run
    from api.settings import Settings

    run(Settings.from_environment(os.environ, CHECKOUT).database_url)
    return 0


def setup() -> int:
    """准备密钥、合约与信任文件 / prepare keys, contract and trust file."""
    from api.settings import Settings
    from api.setup import setup as run
    from api.trusting import trust_digest
    from api.wiring import Services

    settings = Settings.from_environment(os.environ, CHECKOUT)
    run(Services(settings))
    print(f"trust.json SHA-256: {trust_digest(settings)}")
    return 0
