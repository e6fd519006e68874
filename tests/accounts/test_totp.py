"""One-time codes against the vectors of RFC 6238, appendix B (SHA-1)."""

import pytest

from accounts.second_factors import STEP_SECONDS, address, totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp(SECRET, seconds // STEP_SECONDS, digits=8) == code
    assert totp(SECRET, seconds // STEP_SECONDS) == code[2:]


def test_the_address_is_what_apps_read() -> None:
    shown = address(SECRET, "a@b.cn", "印记 Yinji")
    assert shown.startswith("otpauth://totp/%E5%8D%B0%E8%AE%B0%20Yinji:a%40b.cn?secret=GEZDGNBV")
    assert "=" not in shown.partition("secret=")[2].partition("&")[0]
