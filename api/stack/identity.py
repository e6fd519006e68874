"""As whom Postgres runs. It refuses to run as root, and root has three ways to be somebody else.

Promises to leave the folders above the data alone, but for one thing: another user is let through
the parent of the given folder (mode 711), without being able to list it.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

from api.stack.children import OURSELVES, Identity
from core.errors import Misconfigured

_PROBE = '"$0" --version && test -r "$1" && test -w "$1" && test -x "$1"'


def unprivileged(program: Path, folder: Path, checkout: Path) -> Identity:
    """Who may run `program` on the data in `folder`, which is given to them (chown) when needed.

    As an ordinary user: ourselves. As root, the first of these that works here: a user namespace,
    which needs no change of owner and works below a folder that only root may enter; the owner of
    the checkout; nobody.

    Raises Misconfigured when none of them can reach the program and the folder.
    """
    if os.geteuid() != 0:
        return OURSELVES
    for identity in _candidates(checkout):
        _give(folder, identity.uid or 0, identity.gid or 0)
        folder.parent.chmod(0o700 if identity.uid is None else 0o711)
        if _works(identity, program, folder):
            return identity
    _give(folder, 0, 0)
    folder.parent.chmod(0o700)
    raise Misconfigured(
        "以 root 运行时,数据库须换一个普通用户身份,但这里没有可行的办法:请以普通用户运行,"
        "或把程序放到其他用户可进入的目录,或用 DATABASE_URL 指定一个 PostgreSQL · the database "
        "does not run as root, and no other identity can reach it here: run as an ordinary user, "
        "move the checkout to where other users may enter, or name a PostgreSQL in DATABASE_URL",
        field="DATABASE_URL",
    )


def _candidates(checkout: Path) -> Iterator[Identity]:
    yield Identity(prefix=("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"))
    owner = checkout.stat()
    if owner.st_uid != 0:
        yield Identity(uid=owner.st_uid, gid=owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return
    yield Identity(uid=nobody.pw_uid, gid=nobody.pw_gid)


def _works(identity: Identity, program: Path, folder: Path) -> bool:
    try:
        probe = subprocess.run(
            [*identity.prefix, "sh", "-c", _PROBE, program, folder],
            user=identity.uid,
            group=identity.gid,
            extra_groups=None if identity.uid is None else [],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return probe.returncode == 0


def _give(folder: Path, uid: int, gid: int) -> None:
    if folder.stat().st_uid == uid:
        return
    os.lchown(folder, uid, gid)
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(Path(path, name), uid, gid)
