"""An office that charges for registration, made of one that does not."""

from registry.profile import Profile, parse_profile
from tests.grounds.matters import TIANJIN

RESUBMISSION = '{ ground = "resubmission", why = { zh = "退回不再收费", en = "not twice" } }'
EVIDENCE_PAID = '{ ground = "evidence_paid", why = { zh = "存证已付", en = "paid for" } }'
FEE = 'name = { zh = "登记费", en = "fee" }\nper = "work"\nsource = "example"\n'


ACCOUNT = """[fees.account]
payee = "某登记机构"
bank = "某银行"
number = "6222000000000000"
source = "manual"
"""


def charging(
    *waivers: str, refund: bool = True, urgent: bool = False, ways: str = "alipay"
) -> Profile:
    """An office like another, that charges 150 yuan, and 80 for a work of music."""
    items = f'[fees.items.registration]\namount = "150.00"\ncategory = ["fine_art"]\n{FEE}'
    items += f'[fees.items.music]\namount = "180.00"\ncategory = ["music"]\n{FEE}'
    if urgent:
        items += f'[fees.items.urgent]\namount = "500.00"\nurgent = true\n{FEE}'
    head, _, rest = TIANJIN.text.partition("[fees]")
    _, _, rest = rest.partition("[[stages]]")
    table = (
        f'[fees]\ndue = "before_examination"\nrefund_on_refusal = {str(refund).lower()}\n'
        f'ways = ["{ways}"]\ninvoice = "electronic"\nwaivers = [{", ".join(waivers)}]\n{items}\n'
        f"{ACCOUNT if 'transfer' in ways else ''}"
    )
    return parse_profile(f"{head}{table}[[stages]]{rest}", "charging")


CHARGING = charging(RESUBMISSION)
BY_ALL = charging(RESUBMISSION, ways='alipay", "wechat", "transfer')
