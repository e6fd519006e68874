"""Identity documents: one spelling, then the form that its standard prescribes. No more than that.

**A number that fits its form says nothing about who holds it.** Whoever shows the outcome of these
checks says so; real verification is a look at papers by a human or a question to a registry.

Sources: GB 11643-1999 (resident ID), GB 32100-2015 and GB 11714-1997 (credit code, body code), and
the published forms of permits and passports. Errors name the field and the remedy, never the
number.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from core.errors import InvalidInput

MOST: Final = 40
"""Characters of any number (the application form's own limit)."""

_LONG: Final = 15
"""From here on a number shows more than its first and last character when masked."""


class DocumentKind(StrEnum):
    """What a person or body is identified by."""

    RESIDENT_ID = "resident_id"  # 居民身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证
    HK_MACAU_PERMIT = "hk_macau_permit"  # 港澳居民来往内地通行证
    TAIWAN_PERMIT = "taiwan_permit"  # 台湾居民来往大陆通行证
    PASSPORT = "passport"  # 中国护照
    FOREIGN_PASSPORT = "foreign_passport"  # 外国护照
    PERMANENT_RESIDENCE = "permanent_residence"  # 外国人永久居留身份证
    OFFICER_CARD = "officer_card"  # 军官证等
    OTHER_PERSONAL = "other_personal"  # 其他有效证件
    CREDIT_CODE = "credit_code"  # 统一社会信用代码
    BODY_CODE = "body_code"  # 组织机构代码
    OTHER_BODY = "other_body"  # 其他登记证书


NATURAL: Final = frozenset(
    {
        DocumentKind.RESIDENT_ID,
        DocumentKind.RESIDENCE_PERMIT,
        DocumentKind.HK_MACAU_PERMIT,
        DocumentKind.TAIWAN_PERMIT,
        DocumentKind.PASSPORT,
        DocumentKind.FOREIGN_PASSPORT,
        DocumentKind.PERMANENT_RESIDENCE,
        DocumentKind.OFFICER_CARD,
        DocumentKind.OTHER_PERSONAL,
    }
)
"""Documents of human beings; the others are of bodies."""

BODIES: Final = frozenset(DocumentKind) - NATURAL

UNCHECKED: Final = frozenset(
    {DocumentKind.OFFICER_CARD, DocumentKind.OTHER_PERSONAL, DocumentKind.OTHER_BODY}
)
"""Kinds with no form that a program could check: a human always looks at the paper."""


@dataclass(frozen=True)
class Document:
    """A kind and a normalised number. The number never shows in a repr.

    `country` is the issuing country of a foreign passport (ISO 3166-1 alpha-2), else None.
    """

    kind: DocumentKind
    number: str = field(repr=False)
    country: str | None = None

    def canonical(self) -> str:
        """What a blind index is made of: equal for one document however it was typed.

        The last two digits of a long travel permit count renewals: the holder is the same. A credit
        code contains the body code, so both papers name one body.
        """
        number = self.number
        if self.kind is DocumentKind.HK_MACAU_PERMIT:
            number = number[:9]
        if self.kind is DocumentKind.TAIWAN_PERMIT:
            number = number[:8]
        if self.kind is DocumentKind.CREDIT_CODE:
            return f"{DocumentKind.BODY_CODE}:{number[8:17]}"
        return ":".join(filter(None, (self.kind, self.country, number)))

    @property
    def masked(self) -> str:
        """First three (bodies, which are public: six) and last four; of short ones, less."""
        if len(self.number) < _LONG:
            return self.number[0] + "*" * (len(self.number) - 2) + self.number[-1]
        head = 6 if self.kind in BODIES else 3
        return self.number[:head] + "*" * (len(self.number) - head - 4) + self.number[-4:]

    @property
    def born(self) -> date | None:
        """The day of birth, where the number contains it."""
        if self.kind not in _WITH_BIRTH or len(self.number) != _ID_LENGTH:
            return None
        return _day(self.number[6:14])


def normalise(text: str) -> str:
    """Half-width, upper case, no white space anywhere (a stray one breaks signing later)."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(plain.split()).upper()


def read_document(
    kind: str, number: str, *, today: date, country: str | None = None, where: str = "number"
) -> Document:
    """Normalise and check the form.

    Raises:
        InvalidInput: an unknown kind, a missing country, or a number that cannot be one.
    """
    try:
        named = DocumentKind(kind)
    except ValueError as error:
        kinds = ", ".join(DocumentKind)
        raise InvalidInput(
            f"证件类型须为其中之一 / must be one of: {kinds}", field="document_kind"
        ) from error
    plain = normalise(number)
    if not plain:
        raise InvalidInput("请填写证件号码 / enter the number", field=where)
    if len(plain) > MOST:
        raise InvalidInput(f"证件号码至多 {MOST} 个字符 / at most {MOST} characters", field=where)
    land = None
    if named is DocumentKind.FOREIGN_PASSPORT:
        land = _country(country)
    if named is DocumentKind.BODY_CODE:
        plain = plain.replace("-", "")
    _CHECKS[named](plain, where, today)
    return Document(named, plain, land)


def holds_resident_number(text: str) -> bool:
    """Whether a whole resident number stands somewhere in `text`: eighteen characters by GB 11643
    with a province, a possible day and the right check character, in the digits of any script, with
    up to three marks or blanks between two of them, colons but, as in times of day. What nobody
    sees does not hide it. One digit more on either side, and it is another number.
    """
    plain = text.replace("_", " ")
    if not plain.isascii():
        plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", plain))
        plain = _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), plain)
    for found in _SPREAD.finditer(plain):
        number = re.sub(r"[^0-9X]", "", found[1][:-1]) + _LAST.get(found[1][-1], found[1][-1])
        try:
            _eighteen(number, "text", _NEWEST)
        except InvalidInput:
            continue
        return True
    return False


OF_AGE: Final = 18
"""民法典 art. 17. Sixteen and living on one's own income (art. 18) is for an officer to find."""


def age_on(born: date, day: date) -> int:
    """Full years. Somebody born on 29 February has a birthday on 1 March of common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


# The forms.

_ID_LENGTH: Final = 18
_OLDEST: Final = date(1900, 1, 1)
_NEWEST: Final = date(2099, 12, 31)
"""Of a number that merely stands in a text, nobody says the day."""
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
_PROVINCES: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
"""First two digits of GB/T 2260. Counties are not checked: abolished ones live on in IDs."""

_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of the Unicode character database."""

_FOREIGN_DIGIT: Final = re.compile(r"(?![0-9])\d")
_LAST: Final = dict.fromkeys("x\u0425\u0445\u03a7\u03c7\u00d7", "X")
"""What is read as the letter X: small, Cyrillic, Greek, the sign of multiplication."""

_GAP: Final = r"[^\w:]{0,3}"
_SPREAD: Final = re.compile(
    "(?<![0-9])(?=("
    + _GAP.join(
        (
            "[1-8]", "[0-7]", *["[0-9]"] * 4,
            f"(?:1{_GAP}9|2{_GAP}0)", "[0-9]", "[0-9]",
            f"(?:0{_GAP}[1-9]|1{_GAP}[0-2])", f"(?:[012]{_GAP}[0-9]|3{_GAP}[01])",
            *["[0-9]"] * 3, f"[0-9X{''.join(_LAST)}]",
        )
    )
    + ")(?![0-9]))"
)  # fmt: skip
"""Eighteen characters with little between them; looked for at every place, also inside others. It
says as much of the form as it can, so that a text of digits is gone through once.
"""

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_BODY_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_WITH_BIRTH: Final = frozenset({DocumentKind.RESIDENT_ID, DocumentKind.RESIDENCE_PERMIT})


def _resident_id(number: str, where: str, today: date) -> None:
    _eighteen(number, where, today)


def _residence_permit(number: str, where: str, today: date) -> None:
    if not re.match(r"8[123]0000", number):
        raise InvalidInput(
            "居住证号码应以 810000、820000 或 830000 开头,请核对 / "
            "a residence permit begins with 810000, 820000 or 830000: compare it with the card",
            field=where,
        )
    _eighteen(number, where, today)


def _eighteen(number: str, where: str, today: date) -> None:
    if re.fullmatch(r"[0-9]{15}", number):
        raise InvalidInput(
            "15 位身份证已于 2013 年停用,请填 18 位号码 / "
            "15-digit cards ended in 2013: enter the 18 characters",
            field=where,
        )
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise InvalidInput(
            "应为 18 位:17 位数字加数字或 X / 18 characters: 17 digits, then a digit or X",
            field=where,
        )
    if not _PROVINCES.match(number):
        raise InvalidInput(
            "前两位不是省级代码,请核对 / the first two digits name no province: compare the card",
            field=where,
        )
    born = _day(number[6:14])
    if born is None or not _OLDEST <= born <= today:
        raise InvalidInput(
            "第 7–14 位不是可能的出生日期,请核对 / "
            "characters 7 to 14 are no possible day of birth: compare the card",
            field=where,
        )
    _check_id_digit(number, where)


def _check_id_digit(number: str, where: str) -> None:
    pairs = zip(number[:17], _ID_WEIGHTS, strict=True)
    total = sum(int(digit) * weight for digit, weight in pairs)
    if _ID_CHECKS[total % 11] != number[17]:
        raise InvalidInput(
            "校验位不符,号码有误,请逐位核对 / "
            "the check character does not fit: compare the number character by character",
            field=where,
        )


def _hk_macau(number: str, where: str, today: date) -> None:
    _ = today
    _match(r"[HM](?:[0-9]{8}|[0-9]{10})", number, where,
           "H 或 M 加 8 位或 10 位数字 / H or M, then 8 or 10 digits")  # fmt: skip


def _taiwan(number: str, where: str, today: date) -> None:
    _ = today
    _match(r"[0-9]{8}|[0-9]{10}", number, where, "8 位或 10 位数字 / 8 or 10 digits")


def _passport(number: str, where: str, today: date) -> None:
    _ = today
    _match(r"E(?:[0-9]{8}|[A-HJ-NP-Z][0-9]{7})|G[0-9]{8}|(?:[DSP]|SE|DE|PE)[0-9]{7,8}", number,
           where, "E 加 8 位数字,或 E 加一位字母加 7 位数字,或 G、D、S、P 开头 / "
           "E and 8 digits, E, a letter and 7 digits, or a number that begins with G, D, S or P"
           )  # fmt: skip


def _foreign_passport(number: str, where: str, today: date) -> None:
    _ = today
    _match(r"[0-9A-Z]{5,17}", number, where, "5–17 位字母或数字 / 5 to 17 letters or digits")


def _permanent(number: str, where: str, today: date) -> None:
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return
    _match(r"9[0-9]{16}[0-9X]", number, where,
           "18 位且以 9 开头,或旧式 3 位字母加 12 位数字 / "
           "18 characters that begin with 9, or (old) 3 letters and 12 digits")  # fmt: skip
    born = _day(number[6:14])
    if born is None or not _OLDEST <= born <= today:
        raise InvalidInput(
            "第 7–14 位不是可能的出生日期,请核对 / "
            "characters 7 to 14 are no possible day of birth: compare the card",
            field=where,
        )
    _check_id_digit(number, where)


def _credit_code(number: str, where: str, today: date) -> None:
    _ = today
    _match(rf"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}", number, where,
           "18 位,不含 I、O、S、V、Z,第 3–8 位为数字 / "
           "18 characters without I, O, S, V, Z; the third to eighth are digits")  # fmt: skip
    # Its own check first: that is the character people mistype and forgers get wrong.
    values = [_CREDIT_ALPHABET.index(character) for character in number]
    total = sum(value * weight for value, weight in zip(values, _CREDIT_WEIGHTS, strict=False))
    body = number[8:17]
    if values[17] != -total % 31 or body[8] != _body_check(body[:8]):
        raise InvalidInput(
            "校验位不符,代码有误,请与证照核对 / "
            "the check character does not fit: compare the code with the licence",
            field=where,
        )


def _body_code(number: str, where: str, today: date) -> None:
    _ = today
    _match(r"[0-9A-Z]{8}[0-9X]", number, where, "9 位 / 9 characters")
    if number[8] != _body_check(number[:8]):
        raise InvalidInput(
            "校验位不符,代码有误,请与证照核对 / "
            "the check character does not fit: compare the code with the licence",
            field=where,
        )


def _body_check(eight: str) -> str:
    values = (_BODY_ALPHABET.index(character) for character in eight)
    rest = 11 - sum(v * w for v, w in zip(values, _BODY_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def _free(number: str, where: str, today: date) -> None:
    _ = today
    if not 4 <= len(number) <= MOST or not all(c.isalnum() or c in "-()字第号" for c in number):  # noqa: PLR2004
        raise InvalidInput(
            f"应为 4–{MOST} 位文字、数字或 - ( ) / 4 to {MOST} letters, digits, - ( )", field=where
        )


def _match(pattern: str, number: str, where: str, form: str) -> None:
    if not re.fullmatch(pattern, number):
        raise InvalidInput(f"格式应为:{form}", field=where)


def _country(code: str | None) -> str:
    plain = normalise(code or "")
    if not re.fullmatch(r"[A-Z]{2}", plain):
        raise InvalidInput(
            "请填写签发国家的两位代码,如 FR / give the issuing country's two-letter code, like FR",
            field="country",
        )
    return plain


def _day(eight: str) -> date | None:
    try:
        return date(int(eight[:4]), int(eight[4:6]), int(eight[6:]))
    except ValueError:
        return None


_Check = Callable[[str, str, date], None]
_CHECKS: Final[Mapping[DocumentKind, _Check]] = {
    DocumentKind.RESIDENT_ID: _resident_id,
    DocumentKind.RESIDENCE_PERMIT: _residence_permit,
    DocumentKind.HK_MACAU_PERMIT: _hk_macau,
    DocumentKind.TAIWAN_PERMIT: _taiwan,
    DocumentKind.PASSPORT: _passport,
    DocumentKind.FOREIGN_PASSPORT: _foreign_passport,
    DocumentKind.PERMANENT_RESIDENCE: _permanent,
    DocumentKind.OFFICER_CARD: _free,
    DocumentKind.OTHER_PERSONAL: _free,
    DocumentKind.CREDIT_CODE: _credit_code,
    DocumentKind.BODY_CODE: _body_code,
    DocumentKind.OTHER_BODY: _free,
}
