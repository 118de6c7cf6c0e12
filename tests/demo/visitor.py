"""A visitor of the demonstration: follows links and fills in the forms found on the page, hidden fields included."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx


@dataclass
class Form:
    """A form as it stands on a page. A button's name is sent only where it is pressed by name."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class PageReader(HTMLParser):
    """Reads what can be followed and filled in, and the words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words = ""
        self._link: str | None = None
        self._said = ""
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._hidden += tag in {"style", "script"}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "input" and "name" in given and self.forms:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "a":
            self._link, self._said = given.get("href", ""), ""

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}
        if tag == "a" and self._link is not None:
            self.links[" ".join(self._said.split())] = self._link
            self._link = None

    def handle_data(self, data: str) -> None:
        self._said += data
        if not self._hidden:
            self.words += data


class Visitor:
    """A browser without script."""

    def __init__(self) -> None:
        self._client = httpx.Client(follow_redirects=True, timeout=30)
        self.page = httpx.Response(204, request=httpx.Request("GET", "about:blank"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def address(self) -> str:
        return str(self.page.url)

    @property
    def words(self) -> str:
        return " ".join(self._read().words.split())

    def cookies(self) -> dict[str, str]:
        return dict(self._client.cookies.items())

    def open(self, address: str) -> "Visitor":
        self.page = self._client.get(address)
        return self

    def follow(self, said: str) -> "Visitor":
        """Follow the first link that says this."""
        links = self._read().links
        href = next(href for text, href in links.items() if said in text)
        return self.open(urljoin(self.address, href))

    def send(self, action: str = "", **typed: str) -> "Visitor":
        """Fill in and send the form with this action (the first, unless said)."""
        form = next(form for form in self._read().forms if form.action == action and form.method == "post")
        origin = str(self.page.url.join("/")).rstrip("/")
        target = urljoin(self.address, form.action or self.address)
        self.page = self._client.post(target, data={**form.fields, **typed}, headers={"Origin": origin})
        return self

    def _read(self) -> PageReader:
        return PageReader(self.page.text)
