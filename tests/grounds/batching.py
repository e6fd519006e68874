"""An office that takes batches from organisations, made of one that takes works one by one."""

from tests.grounds.matters import TIANJIN

KEY, MOST, DEDICATED = "lakeside", 100, 50
_NONE = "[batch]\naccounts = []\nmost = 1\nseries = true\n"
_PREFIX = 'prefix = "津作登字"'
assert _NONE in TIANJIN.text
assert _PREFIX in TIANJIN.text
_RENAMED = TIANJIN.text.replace('key = "tianjin"', f'key = "{KEY}"')
RULES = _RENAMED.replace(_PREFIX, 'prefix = "湖作登字"').replace(
    _NONE,
    f'[batch]\naccounts = ["organisation"]\nmost = {MOST}\ndedicated_from = {DEDICATED}\n'
    'dedicated = { zh = "专属客服:李雨", en = "your service agent: Li Yu" }\n'
    "series = true\n",
)
