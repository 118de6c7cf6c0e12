"""How an association looks on its pages: its name, two letters, one colour.

Nothing else that a club may write shapes a page (SEC-33).
"""

import re
from dataclasses import dataclass

SERVICE = "ClickAsso"
DEFAULT_COLOUR = "#1f4fa3"
WHITE, BLACK = "#ffffff", "#000000"

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FILLERS = frozenset({"de", "du", "des", "la", "le", "les", "et", "d", "l", "the", "of", "and"})


@dataclass(frozen=True)
class Brand:
    """An association's look; without a name it is the service's own."""

    association: str = ""
    """The association's name, empty where none is known."""
    colour: str = DEFAULT_COLOUR
    """`#rrggbb`; anything else is as none."""

    @property
    def club(self) -> str:
        """The colour to act with."""
        return self.colour.lower() if _COLOUR.fullmatch(self.colour) else DEFAULT_COLOUR

    @property
    def on_club(self) -> str:
        """White or black, whichever reads better on the colour: 4.5:1 at least, whatever it is (WCAG 1.4.3)."""
        return max((WHITE, BLACK), key=lambda text: contrast(text, self.club))

    @property
    def initials(self) -> str:
        """Two letters at most, for the crest."""
        words = re.findall(r"\w+", self.association or "Click Asso")
        telling = [word for word in words if word.casefold() not in _FILLERS] or words
        return "".join(word[0] for word in telling[:2]).upper() or "·"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, « contrast ratio »)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
