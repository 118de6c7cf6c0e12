"""How sentences are compared: letter by letter, typographic apostrophes and no-break spaces aside."""

import re

APOSTROPHES = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " ", "\u2011": "-"})


def plain(text: str) -> str:
    """Return the sentence with straight apostrophes and single, breaking spaces."""
    return re.sub(r"\s+", " ", text.translate(APOSTROPHES)).strip()
