"""An invented office, and texts made from it: enough to show that an office needs no code."""

from registry.profile import Profile, parse_profile

LAKE = """
schema = 1
key = "lake"
version = 3
name = { zh = "湖畔版权所", en = "Lakeside Office" }
platform = { zh = "湖畔登记", en = "Lakeside Register" }
area = "990000"
forms = ["work"]
categories = ["photograph", "other"]

[filing]
accounts = ["individual"]
agents = "none"
area_rule = "anywhere"
agency = "none"
minors = "refused"
verification = "automatic"

[documents.everything]
name = { zh = "一揽子材料", en = "one paper for all" }
needed = "required"
how = ["upload"]
proves = ["form", "identity", "creation", "ownership", "pledge", "sample", "nature", "acquisition"]
why = { zh = "一份材料说明全部", en = "one paper tells everything" }

[documents.joint]
name = { zh = "合作协议", en = "joint agreement" }
needed = "required"
how = ["upload"]
proves = ["ownership"]
why = { zh = "多位作者须有约定", en = "several authors agree" }
when = [{ ownership = ["joint"], published = true }, { nature = ["other"] }]

[samples]
photograph = { what = { zh = "照片", en = "the photograph" }, formats = ["jpg"], least_dpi = 72 }
other = { what = { zh = "文件", en = "the file" }, formats = ["pdf"] }

[signing]
order = "parallel"
signers = ["owner"]
individuals = "signature"
organisations = "none"
submits_itself = true
after_return = "changed"

[fees]
due = "before_acceptance"
[fees.items.lake]
name = { zh = "湖费", en = "lake fee" }
amount = "7.50"
per = "series_piece"
source = "example"

[[stages]]
stage = "first"
by = "office"
name = { zh = "先看", en = "a first look" }
returns_to = ["applicant"]
[stages.checklist]
looked = { zh = "看了", en = "looked" }

[[stages]]
stage = "final"
by = "office"
name = { zh = "看", en = "a look" }
returns_to = ["applicant", "first"]
[stages.checklist]
seen = { zh = "看过", en = "seen" }

[[clocks]]
purpose = "examination"
starts = "submission"
amount = 5
unit = "working_days"
acts = "office"
at_end = "overdue"
source = "rule"

[[clocks]]
purpose = "correction"
starts = "return_notice"
amount = 2
unit = "months"
acts = "applicant"
at_end = "lapse"
source = "rule"

[numbering]
prefix = "湖作登字"
scope = "year"
width = 6
[numbering.letters]
photograph = "P"
other = "Z"

[delivery]
electronic = true

[batch]
accounts = ["individual"]
most = 9

[certificate]
foot = { zh = "湖", en = "lake" }
seal = "湖"

[notice]
public = true
fields = ["number", "title"]
search = ["number"]
"""


def lake() -> Profile:
    return parse_profile(LAKE, "lake.toml")


def line_with(text: str, beginning: str) -> int:
    """The line, counted from 1, that begins so."""
    return next(
        number for number, line in enumerate(text.splitlines(), 1) if line.startswith(beginning)
    )
