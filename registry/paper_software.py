"""What the application form says of software: names, development, environment, deposit."""

from collections.abc import Iterator

from certs.paper import Block, Cell, Cells, Heading
from registry import choices
from registry.form import Software
from registry.paper_blocks import choice, pair


def software(said: Software) -> Iterator[Block]:
    """The rows that only software has."""
    yield pair((("软件简称", "Short name"), said.short_name), (("版本号", "Version"), said.version))
    yield choice(
        ("开发方式", "Development"), choices.DEVELOPMENTS, said.development, said.development_note
    )
    lines = "" if said.source_lines is None else str(said.source_lines)
    yield pair(
        (("编程语言", "Languages"), said.languages), (("源程序量(行)", "Lines of source"), lines)
    )
    yield Heading(("开发与运行环境", "Where it was developed and runs"))
    yield pair(
        (("开发硬件环境", "Hardware of development"), said.development_hardware),
        (("运行硬件环境", "Hardware to run on"), said.running_hardware),
    )
    yield pair(
        (("开发操作系统", "System of development"), said.development_system),
        (("运行平台或操作系统", "System to run on"), said.running_system),
    )
    yield pair(
        (("开发工具", "Tools of development"), said.development_tools),
        (("运行支撑环境", "What it needs to run"), said.running_support),
    )
    yield Heading(("功能与特点", "Functions and features"))
    yield pair(
        (("开发目的", "Purpose"), said.purpose), (("面向领域或行业", "For whom"), said.industry)
    )
    yield Cells((Cell(("主要功能", "Main functions"), said.features or ""),))
    yield Cells((Cell(("技术特点", "Technical features"), said.technique or ""),))
    yield Heading(("鉴别材料", "Identification material"))
    yield choice(("源程序注释", "Comments"), choices.COMMENTS, said.comments)
    covered = "; ".join(f"第{bar.page}页第{bar.first}–{bar.last}行" for bar in said.bars)
    yield choice(("交存方式", "Deposit"), choices.DEPOSITS, said.deposit, covered)
