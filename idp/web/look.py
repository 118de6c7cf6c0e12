"""The one style and the one script of the pages, read once and made small. Both go inside: no second request."""

import re
from pathlib import Path

from markupsafe import Markup

_HERE = Path(__file__).parent


def style() -> Markup:
    """Return `look.css` without comments and needless spaces."""
    text = re.sub(r"/\*.*?\*/", "", (_HERE / "look.css").read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return Markup(re.sub(r" ?([{};,>]) ?|(:) ", r"\1\2", text).replace(";}", "}").strip())  # noqa: S704 -- shipped text


def script() -> Markup:
    """Return `page.js` without the lines that are comments and without indentation."""
    lines = (line.strip() for line in (_HERE / "page.js").read_text("utf-8").splitlines())
    return Markup("\n".join(line for line in lines if line and not line.startswith("//")))  # noqa: S704 -- shipped text
