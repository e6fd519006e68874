"""One page of values, drawn by weasyprint again and again.

usage: weasy.py VALUES.json FONT.ttf TIMES; prints one JSON document.
"""

import html
import json
import sys
import time
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

values, font, times = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
rows = "".join(
    f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
    for name, value in json.loads(values.read_text(encoding="utf-8"))
)
page = f"<h1>存证证书 Certificate of evidence</h1><table>{rows}</table>"
fonts = FontConfiguration()
style = CSS(
    string=f"""
    @font-face {{ font-family: page; src: url({font.as_uri()}) }}
    @page {{ size: A4; margin: 15mm }}
    body {{ font: 6pt page }}
    th {{ text-align: left; font-weight: normal }}
    """,
    font_config=fonts,
)


def draw() -> bytes:
    drawn: bytes = HTML(string=page).write_pdf(stylesheets=[style], font_config=fonts)
    return drawn


size = len(draw())
began = time.perf_counter()
for _ in range(times):
    draw()
print(json.dumps({"seconds": time.perf_counter() - began, "bytes": size}))
