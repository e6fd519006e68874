"""What mail and SMS say. Chinese first; no name or number of any person but the code itself."""

from datetime import datetime

from accounts.identifiers import Identifier
from api.outbox import Message
from registry.numbering import BEIJING
from registry.words import Words


def officer_invitation(to: Identifier, office: Words, role: Words, code: str) -> Message:
    """For a new officer."""
    return Message(
        to,
        "印记:工作人员邀请 / Yinji: invitation for an officer",
        f"您被邀请担任{office.zh}的{role.zh}。邀请码(24 小时内有效,限用一次):{code}\n"
        f"You are invited as {role.en} of {office.en}. "
        f"The code works once, within 24 hours: {code}\n",
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


def contact_code(to: Identifier, code: str) -> Message:
    """For an address that is to be an account's."""
    return Message(
        to,
        "印记:验证码 / Yinji: a code",
        f"验证码(10 分钟内有效):{code}\n若非本人操作,请忽略,勿告诉他人。\n"
        f"The code works for 10 minutes: {code}\nIf it was not you, do nothing, and tell nobody.\n",
        code,
    )


def contact_replaced(to: Identifier) -> Message:
    """For the address that an account had before."""
    return Message(
        to,
        "印记:联系方式已更改 / Yinji: another address",
        "您的账号已改用另一邮箱或手机号。若非本人操作,请立即联系我们。\n"
        "Your account uses another address now. If it was not you, tell us at once.\n",
    )


def account_closed(to: Identifier) -> Message:
    """For every address that an account had when it was closed."""
    return Message(
        to,
        "印记:账号已注销 / Yinji: account closed",
        "您的账号已注销,不能恢复。已签发的证书仍可验证;"
        "因他人依赖或法律要求而保留的内容见当时的答复。\n"
        "若非本人操作,请立即联系我们。\n"
        "Your account is closed for good. Certificates that were issued can still be verified; "
        "what is kept, because others rely on it or a law wants it, the answer said.\n"
        "If it was not you, tell us at once.\n",
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


def signing_link(
    to: Identifier, office: Words, whom: str, link: str, token: str, ends: datetime
) -> Message:
    """For a signer: the one link, and for whom it is (masked)."""
    until = f"{ends.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    return Message(
        to,
        "印记:请签署登记文件 / Yinji: papers to sign",
        f"请 {whom} 签署提交给{office.zh}的作品登记文件。\n"
        f"链接仅供本人签署这一件业务,请勿转发到群;{until}(北京时间)前有效。\n{link}\n"
        f"{whom}: please sign papers for {office.en}. The link is for you and this one matter, "
        f"until {until} (UTC+8); do not pass it on.\n",
        token,
    )


def signing_code(to: Identifier, code: str) -> Message:
    """For a signer who opened the link."""
    return Message(
        to,
        "印记:签署验证码 / Yinji: a code for signing",
        f"签署验证码(10 分钟内有效,限用一次):{code}\n若非本人操作,请勿告诉任何人。\n"
        f"The code works once, within 10 minutes: {code}\nIf it was not you, tell nobody.\n",
        code,
    )
