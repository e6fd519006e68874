"""An office that takes batches from organisations, made of one that takes works one by one."""

from tests.grounds.matters import TIANJIN

KEY, MOST, DEDICATED = "lakeside", 100, 50
_NONE = "[batch]\naccounts = []\nmost = 1\nseries = true\n"
assert _NONE in TIANJIN.text
RULES = TIANJIN.text.replace('key = "tianjin"', f'key = "{KEY}"').replace(
    _NONE,
    f'[batch]\naccounts = ["organisation"]\nmost = {MOST}\ndedicated_from = {DEDICATED}\n'
    'dedicated = { zh = "专属客服:李雨", en = "your service agent: Li Yu" }\n'
    "series = true\n",
)
