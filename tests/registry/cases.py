"""Applications whose papers are drawn: a plain one, one with everything filled in, and an empty."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from registry import choices
from registry.form import Form, parse
from registry.offices import shipped
from registry.paper_case import AnswerIn, Case, FileLine
from tests.registry.forms import filled, form

AT = datetime(2026, 3, 2, 1, 2, 3, 456000, tzinfo=UTC)
LONG_NAME = "某某省某某市某某区某某街道" * 7 + "文化传媒工作室"
RARE = "王𠮷㐂"
ANSWERS: dict[str, AnswerIn] = {
    "creation_statement": {"purpose": "记录湖上的三日。", "process": "徒步拍摄。",
                           "originality": "取景与光线由本人选择。"},
    "ownership_statement": "由本人独立创作。",
    "pledge": "无。",
    "power_of_attorney": {"scope": "提交与补正材料。", "term": "至领取证书之日。"},
    "legal_entity_statement": "由单位立项、组织并承担责任。",
}  # fmt: skip


def case(office: str = "zhejiang", said: Form | None = None, **changed: Any) -> Case:
    """A case of an office that ships, as a plain applicant has it."""
    plain = Case(
        profile=shipped()[office], form=form() if said is None else said, opened_at=AT,
        answers=ANSWERS, number="2345-6789-ABCD",
    )  # fmt: skip
    return replace(plain, **changed)


def crowded(owners: int = 20) -> dict[str, Any]:
    """Every field filled in, with long and rare names and `owners` owners."""
    place = {"country": "CN", "province": "330000", "city": "杭州市西湖区"}
    contact = {
        "name": f"申请{LONG_NAME}"[:100], "address": "西湖区某路 1 号" * 12, "post_code": "310000",
        "contact": "丙联系人", "telephone": "0571-00000000", "mobile": "13800000001",
        "email": "a" * 60 + "@" + "example." * 20 + "cn",
    }  # fmt: skip
    return filled(
        title=f"《{RARE}与{'长' * 80}》",
        category="other",
        category_note="装置与灯光",
        extent="一百二十分钟,共十二集",
        series_pieces=37,
        owners=[
            {
                "name": f"{at}号{RARE}{LONG_NAME}"[:100], "kind": list(choices.PARTY_KINDS)[at % 6],
                "paper": list(choices.IDENTITY_PAPERS)[at % 12], "nationality": "CN",
                "place": place, "signature": "pen_name", "signature_text": f"笔名{at}",
                "minor": at == 0,
            }
            for at in range(owners)
        ],
        authors=[
            {"name": f"作者{at}{RARE}", "signature": "anonymous", "employed": True}
            for at in range(3)
        ],
        nature="adaptation",
        nature_note="据同名小说改编",
        completion_date="2025-12-31",
        completion_place=place,
        published=True,
        first_published_on="2026-01-05",
        first_published_place={"country": "FR", "city": "Aix-en-Provence"},
        acquisition="inheritance",
        acquisition_note="继承自父亲",
        ownership="joint",
        ownership_note="各占一半",
        rights="part",
        held_rights=["reproduction", "network"],
        rights_note="仅限中国境内",
        filed_by="agent",
        applicant=contact,
        agent={**contact, "name": "代理某某律师"},
        agent_reason="著作权人在境外",
        kept={
            "electronic": "dvd_rom", "electronic_count": 2, "electronic_note": "第一盘为正片",
            "paper": "print", "paper_count": 3, "paper_note": "画册",
        },
        delivery={
            "way": "post", "recipient": "收件丁", "mobile": "13800000009",
            "address": "西湖区另一路 2 号", "invoice_email": "invoice@example.org",
        },
        machine_help={
            "used": True, "tools": "某绘图模型 3.1", "prompts": "湖、雾、晨光" * 200,
            "human_contribution": "构图、筛选与重绘" * 150,
        },
    )  # fmt: skip


def full(office: str = "zhejiang", owners: int = 20) -> Case:
    """Everything said, and an evidence of forty files."""
    files = tuple(FileLine(at + 1, f"{at:064x}") for at in range(40))
    return case(
        office, parse(crowded(owners)), evidence_number="YJ-AAAA-BBBB-CCCC", files=files,
        agency=next(iter(shipped()[office].agencies or {}), None),
    )  # fmt: skip


def empty(office: str = "zhejiang") -> Case:
    """Nothing said yet: the blank papers."""
    return case(office, Form(), answers={}, number="")
