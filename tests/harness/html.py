"""What a person without script sees and can use on a page: texts, links, forms. Read with a real HTML parser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.harness.words import plain

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
UNSEEN = frozenset({"style", "script", "head", "svg", "template"})
INLINE = frozenset(["a", "b", "span", "strong", "em", "code", "button", "label", "summary", "small", "i", "u"])


@dataclass(eq=False)
class Element:
    """An element of the page, or its root."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: "list[Element | str]" = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return an attribute, or nothing."""
        return self.attributes.get(name) or ""

    def has(self, name: str) -> bool:
        return name in self.attributes

    @property
    def is_seen(self) -> bool:
        return self.tag not in UNSEEN and not self.has("hidden") and self.get("type") != "hidden"

    def all(self, *tags: str) -> "Iterator[Element]":
        """Return the elements below that a person sees, in order; of these tags, if any are given."""
        for child in self.children:
            if isinstance(child, Element) and child.is_seen:
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def everything(self, *tags: str) -> "Iterator[Element]":
        """As `all`, what is hidden included."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.everything(*tags)

    @property
    def text(self) -> str:
        """Return what a person reads in it."""
        return plain("".join(self._pieces()))

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.is_seen and child.get("aria-hidden") != "true":
                yield "" if child.tag in INLINE else " "
                yield from child._pieces()  # noqa: SLF001 -- of this very class
                yield "" if child.tag in INLINE else " "


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"<{tag}> has an attribute twice"
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(html: str) -> Element:
    """Return the page. An element that is not closed, or closed twice, fails the test."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == [reader.root], "the page ends within an element"  # noqa: SLF001 -- of this module
    return reader.root


@dataclass
class Form:
    """A form, and what stands in it."""

    element: Element

    @property
    def fields(self) -> dict[str, Element]:
        """Return its inputs by name, hidden ones included."""
        return {one.get("name"): one for one in self.element.everything("input", "textarea") if one.get("name")}

    @property
    def buttons(self) -> list[Element]:
        """Return the buttons that send it, in order."""
        return [one for one in self.element.all("button") if one.get("type") in {"", "submit"}]

    def button(self, label: str | None) -> Element | None:
        """Return the button with this label; without one, the button that « Enter » presses."""
        if label is None:
            return self.buttons[0] if self.buttons else None
        found = [one for one in self.buttons if label in one.text]
        assert len(found) == 1, f"{len(found)} buttons say {label!r}: {[one.text for one in self.buttons]}"
        return found[0]

    def values(self, button: Element | None) -> dict[str, str]:
        """Return what the form sends when this button is pressed."""
        sent = {name: one.get("value") for name, one in self.fields.items()}
        if button is not None and button.get("name"):
            sent[button.get("name")] = button.get("value")
        return sent
