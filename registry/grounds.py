"""On what grounds a registration is refused, by form; the words are data (`tables/grounds.toml`).

Works by 《作品自愿登记试行办法》(1994) art. 5, software by 《计算机软件著作权登记办法》 art. 21.
"""

from collections.abc import Mapping

from registry.tables import refusal_grounds
from registry.words import Words


def grounds_of(form: str) -> Mapping[str, Words]:
    """The grounds there are for an application on this form (`work`, `software`)."""
    return refusal_grounds()[form]


def ground_words(ground: str) -> Words:
    """A ground in both languages."""
    return next(each[ground] for each in refusal_grounds().values() if ground in each)
