"""Batch filing (批量登记): who may hand in many works at once, and how many.

The right is the applicant's, whoever files (CP-38, CP-39): an individual's works come one by one,
also through an agent; an agent files many for a principal that may.
"""

from dataclasses import dataclass

from core.errors import NotAllowed, TooLarge
from registry.applicants import named
from registry.profile import Profile
from registry.words import Words


@dataclass(frozen=True)
class Right:
    """`dedicated`: so many works are looked after by somebody of the office's own (专属客服), and
    `contact` says how to reach them.
    """

    dedicated: bool
    contact: Words | None


def require_right(profile: Profile, kind: str | None, count: int) -> Right:
    """Whether an applicant of this kind of account may file `count` works in one call.

    Raises:
        NotAllowed: the office takes them one by one, at least from such applicants.
        TooLarge: more than the office takes at once.
    """
    rules = profile.batch
    if count > 1:
        if named(kind) not in rules.accounts:
            raise NotAllowed(
                "批量登记限单位用户,个人请单件提交 / batches are for organisations here: file one "
                "work at a time"
                if rules.accounts
                else "本机构只受理单件提交 / this office takes one work at a time",
                field="filings",
            )
        if count > rules.most:
            raise TooLarge(
                f"每批至多 {rules.most} 件,请分批 / at most {rules.most} works: split the batch",
                field="filings",
            )
    dedicated = rules.dedicated_from is not None and count >= rules.dedicated_from
    return Right(dedicated, rules.dedicated if dedicated else None)
