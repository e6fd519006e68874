"""Comments taken out of program text (CP-48), by the language that a file's name tells. Pure.

A scanner of strings and comments, not a compiler: what looks like a comment inside a string stays.
Where a language is not known nothing is taken out, and the caller learns it.

Strangers write the text, so the time must grow with its length and no faster: a string that does
not end goes to the end of its line (or of the text), and what has an end elsewhere is bounded.
"""

import re
from collections.abc import Mapping
from typing import Final

_DOUBLE: Final = r'"(?:[^"\\\n]|\\[\s\S])*"?'
_LONG: Final = r'"(?:[^"\\]|\\[\s\S])*"?'
_SINGLE: Final = r"'(?:[^'\\\n]|\\.)*'?"
_BLOCK: Final = r"/\*[\s\S]*?(?:\*/|\Z)"
_LINE: Final = r"//[^\n]*"
_TRIPLE: Final = r'"""[\s\S]*?(?:"""|\Z)|' + r"'''[\s\S]*?(?:'''|\Z)"
_TEMPLATE: Final = r"`(?:[^`\\]|\\[\s\S])*`?"
_RAW: Final = r'R"(?P<raw>[^()\\\s]{0,16})\([\s\S]*?(?:\)(?P=raw)"|\Z)'
# A pattern in slashes stands where a value may stand: after an opening bracket or an operator.
_PATTERN: Final = (
    r"[(,=:\[!&|?{};+]\s{0,80}/(?![*/])"
    r"(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,60}\]){1,200}/"
)

# The strings of each family, which stay, and its comments, which go.
_FAMILIES: Final[Mapping[str, tuple[str, str]]] = {
    "c": (f"{_RAW}|{_DOUBLE}|{_SINGLE}", f"{_LINE}|{_BLOCK}"),
    "script": (f"{_DOUBLE}|{_SINGLE}|{_TEMPLATE}|{_PATTERN}", f"{_LINE}|{_BLOCK}"),
    "jvm": (f"{_TRIPLE}|{_DOUBLE}|{_SINGLE}", f"{_LINE}|{_BLOCK}"),
    "php": (f"{_DOUBLE}|{_SINGLE}", rf"{_LINE}|{_BLOCK}|#(?!\[)[^\n]*"),
    "python": (f"{_TRIPLE}|{_DOUBLE}|{_SINGLE}", r"#[^\n]*"),
    "shell": (_LONG + r"|'[^'\n]*'?", r"(?<![^\s;&|(){}])#[^\n]*"),
    "sql": (rf"'(?:[^']|'')*(?:'|\Z)|{_DOUBLE}", rf"--[^\n]*|{_BLOCK}"),
    "lua": (f"{_DOUBLE}|{_SINGLE}", r"--\[\[[\s\S]*?(?:\]\]|\Z)|--[^\n]*"),
    "dashes": (_DOUBLE, r"--[^\n]*"),
    "markup": (r"(?!)", r"<!--[\s\S]*?(?:-->|\Z)"),
    "css": (f"{_DOUBLE}|{_SINGLE}", _BLOCK),
    "pascal": (r"'[^'\n]*'?", rf"\{{[^}}]*(?:\}}|\Z)|\(\*[\s\S]*?(?:\*\)|\Z)|{_LINE}"),
    "basic": (r'"[^"\n]*"?', r"'[^\n]*"),
    "semicolon": (_DOUBLE, r";[^\n]*"),
}
_ENDINGS: Final[Mapping[str, str]] = {
    "c": "c h cc cpp cxx hpp hh hxx cs m mm rs swift dart sol glsl proto v sv",
    "script": "js jsx mjs cjs ts tsx go",
    "jvm": "java kt kts scala groovy gradle",
    "php": "php",
    "python": "py pyw pyx",
    "shell": "sh bash zsh rb pl pm r yml yaml toml mk cmake tcl ps1 nim jl ex exs",
    "sql": "sql",
    "lua": "lua",
    "dashes": "hs elm adb ads vhd vhdl",
    "markup": "html htm xml vue svelte xaml",
    "css": "css scss less",
    "pascal": "pas dpr",
    "basic": "vb bas vbs",
    "semicolon": "lisp lsp clj cljs scm el asm",
}

LANGUAGES: Final[Mapping[str, str]] = {
    ending: family for family, endings in _ENDINGS.items() for ending in endings.split()
}
"""Ending of a file's name to the family whose strings and comments it has."""

_SCANNERS: Final = {
    family: re.compile(f"(?P<string>{strings})|(?P<comment>{comments})")
    for family, (strings, comments) in _FAMILIES.items()
}


def without_comments(text: str, ending: str) -> str | None:
    """`text` without its comments; None when the language of this ending is not known.

    A comment in the middle of a line leaves a blank, so that words do not grow together.
    """
    family = LANGUAGES.get(ending)
    if family is None:
        return None

    def kept(found: re.Match[str]) -> str:
        return found[0] if found["comment"] is None else " "

    return _SCANNERS[family].sub(kept, text)
