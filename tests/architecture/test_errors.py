"""One error tree, one HTTP table, and they match."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from api.errors import STATUS, TITLES, status_of
from core.errors import ServiceError
from tests.architecture.sources import ROOT, sources


def subclasses(of: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for kind in of.__subclasses__():
        yield kind
        yield from subclasses(kind)


def load_everything() -> None:
    for path in sources():
        module = ".".join(Path(path).relative_to(ROOT).with_suffix("").parts)
        if "migrations" not in module:
            import_module(module.removesuffix(".__init__"))


def test_every_error_has_a_status_by_itself_or_by_what_it_is() -> None:
    load_everything()
    for kind in subclasses(ServiceError):
        assert any(base in STATUS for base in kind.__mro__[:-1]), kind


def test_every_error_has_a_code_of_its_own() -> None:
    load_everything()
    codes = [kind.code for kind in subclasses(ServiceError)]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)


def test_every_status_has_a_title() -> None:
    assert set(STATUS.values()) <= set(TITLES)


def test_an_unknown_error_is_mute() -> None:
    class Strange(ServiceError):
        code = "strange-and-only-here"

    assert status_of(Strange("x")) == 500
    del Strange
