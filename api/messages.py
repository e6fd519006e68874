"""What mail and SMS say. Chinese first; no name or number of any person but the code itself."""

from accounts.identifiers import Identifier
from api.outbox import Message


def officer_invitation(to: Identifier, office: str, role: str, code: str) -> Message:
    """For a new officer."""
    return Message(
        to,
        "印记:工作人员邀请 / Yinji: invitation for an officer",
        f"您被邀请担任 {office} 的 {role}。邀请码(24 小时内有效,限用一次):{code}\n"
        f"You are invited as {role} of {office}. The code works once, within 24 hours: {code}\n",
        code,
    )


def member_invitation(to: Identifier, organisation: str, role: str, code: str) -> Message:
    """For somebody who is to work for an organisation."""
    return Message(
        to,
        "印记:单位成员邀请 / Yinji: invitation to an organisation",
        f"{organisation} 邀请您担任 {role}。请登录后输入邀请码(7 天内有效,限用一次):{code}\n"
        f"You are invited as {role}. Sign in and enter the code, which works once, within 7 days: "
        f"{code}\n",
        code,
    )


def recovery(to: Identifier, code: str) -> Message:
    """For who asked for a new password."""
    return Message(
        to,
        "印记:找回密码 / Yinji: a new password",
        f"找回码(30 分钟内有效,限用一次):{code}\n若非本人操作,请忽略。\n"
        f"The code works once, within 30 minutes: {code}\nIf it was not you, do nothing.\n",
        code,
    )
