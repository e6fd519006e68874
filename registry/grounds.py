"""On what grounds a registration is refused: 《作品自愿登记试行办法》(1994) art. 5."""

from typing import Final

from registry.words import Words

GROUNDS: Final = {
    "not_protected": "依法不受著作权法保护的作品 not protected by copyright law",
    "expired": "超过著作权保护期的作品 its term of protection has ended",
    "forbidden": "依法禁止出版、传播的作品 publication or spreading is forbidden by law",
}


def ground_words(ground: str) -> Words:
    """A ground in both languages."""
    chinese, _, english = GROUNDS[ground].partition(" ")
    return Words(chinese, english)
