"""A browser without script: follows links, fills the form that it finds on the page, keeps cookies, obeys the page's
policy. It works in process and over real HTTP alike. What isn't on the page can't be used: that fails the test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from idp.clock import Clock
from tests.harness.html import Element, Form, parse
from tests.harness.jar import Jar

MOST_REDIRECTS = 10


@dataclass
class Browser:
    """One browser of one person. `home` is the service's public address; elsewhere it does not go."""

    client: httpx.AsyncClient
    home: str
    clock: Clock
    headers: dict[str, str] = field(default_factory=lambda: {"accept-language": "fr"})
    address: str = ""
    """Where it is, or where it was sent beyond the service."""
    redirects: list[httpx.Response] = field(default_factory=list)
    """The redirects that led here since the last thing the person did."""

    def __post_init__(self) -> None:
        self.jar = Jar(self.clock)
        self.answer: httpx.Response | None = None
        self._page = Element("")
        self._typed: dict[str, str] = {}

    # What a person does.

    async def open(self, url: str, *, method: str = "GET") -> "Browser":
        """Type an address, or come by a link of another site."""
        self.redirects = []
        await self._go(method, urljoin(f"{self.home}/", url))
        return self

    async def arrive_by_form(self, url: str, form: Mapping[str, str]) -> "Browser":
        """Send a form of another site: cookies that are SameSite=Lax stay at home, until a redirect is followed."""
        self.redirects = []
        await self._go("POST", urljoin(f"{self.home}/", url), form=form, origin="https://elsewhere.example")
        return self

    async def follow(self, label: str) -> "Browser":
        """Click a link of the page."""
        return await self.open(urljoin(self.address, self.link(label)))

    def fill(self, **values: str) -> "Browser":
        """Type into fields of the page."""
        form = self.form(*values)
        for name, value in values.items():
            box = form.fields[name]
            assert not box.has("readonly"), f"{name} is read only"
            assert not box.get("maxlength") or len(value) <= int(box.get("maxlength")), f"{name} takes less"
        self._typed.update(values)
        return self

    async def submit(self, button: str | None = None, *, forged: Mapping[str, str] | None = None) -> "Browser":
        """Press a button of the page, by its label; without one press « Enter ».

        `forged` are values that no browser would send.
        """
        form = self._form_to_send(button)
        pressed = form.button(button)
        values = {**form.values(pressed), **self._typed, **(forged or {})}
        policy = self._form_targets()
        self.redirects = []
        url = urljoin(self.address, form.element.get("action") or self.address)
        assert form.element.get("method") == "post"
        await self._go("POST", url, form=values, policy=policy)
        return self

    async def reload(self) -> "Browser":
        """Ask for the page again."""
        return await self.open(self.address)

    # What a person sees.

    @property
    def status(self) -> int:
        assert self.answer is not None, "no page was opened"
        return self.answer.status_code

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.address).query, keep_blank_values=True))

    @property
    def has_left(self) -> bool:
        """Whether it was sent to another site: `address` says where."""
        return not _is_at(self.address, self.home)

    @property
    def html(self) -> str:
        assert self.answer is not None, "no page was opened"
        return self.answer.text

    @property
    def text(self) -> str:
        """Everything that a person reads."""
        return self._page.text

    @property
    def title(self) -> str:
        """The window's title."""
        (title,) = self._page.everything("title")
        return title.text

    @property
    def heading(self) -> str:
        (heading,) = self._page.all("h1")
        return heading.text

    @property
    def alerts(self) -> list[str]:
        """The items of the lists of errors."""
        lists = [one for one in self._page.all("ul") if one.get("role") == "alert"]
        return [item.text for one in lists for item in one.all("li")]

    @property
    def statuses(self) -> list[str]:
        """What is announced as done."""
        return [one.text for one in self._page.all() if one.get("role") == "status"]

    @property
    def page(self) -> Element:
        return self._page

    @property
    def buttons(self) -> list[str]:
        """The labels of every button that sends a form."""
        return [button.text for form in self._forms() for button in form.buttons]

    @property
    def links(self) -> dict[str, str]:
        """Labels and addresses of the page's links."""
        return {one.text: one.get("href") for one in self._page.all("a")}

    def link(self, label: str) -> str:
        found = {address for text, address in self.links.items() if text == label}
        assert len(found) == 1, f"{label!r} is no link of this page: {list(self.links)}"
        return found.pop()

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self._typed.get(name, self.field(name).get("value"))

    def field(self, name: str) -> Element:
        return self.form(name).fields[name]

    def label(self, name: str) -> str:
        """The label that is tied to a field."""
        wanted = self.field(name).get("id")
        (label,) = (one for one in self._page.all("label") if one.get("for") == wanted)
        return label.text

    def is_wrong(self, name: str) -> bool:
        """Whether a field is marked as wrong, and says where the reason stands."""
        box = self.field(name)
        described = box.get("aria-describedby").split()
        return box.get("aria-invalid") == "true" and "errors" in described

    def form(self, *names: str) -> Form:
        """Return the form that has these fields."""
        found = [form for form in self._forms() if all(name in form.fields for name in names)]
        assert len(found) == 1, f"{len(found)} forms here have {names}; status {self.status}: {self.text}"
        return found[0]

    @property
    def sent_away(self) -> dict[str, str]:
        """The parameters of the address beyond the service."""
        assert self.has_left, f"still at {self.address}: {self.text}"
        return self.query

    # What happens behind.

    def _forms(self) -> list[Form]:
        return [Form(one) for one in self._page.all("form")]

    def _form_to_send(self, button: str | None) -> Form:
        if self._typed:
            return self.form(*self._typed)
        if button is not None:
            found = [form for form in self._forms() if any(button in one.text for one in form.buttons)]
            assert len(found) == 1, f"{button!r} is no button of this page: {self.buttons}"
            return found[0]
        return self.form()

    def _form_targets(self) -> list[str]:
        """Where the page's policy lets its forms end."""
        assert self.answer is not None
        policy = self.answer.headers["content-security-policy"]
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        return rules["form-action"].split()

    async def _go(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        policy: list[str] | None = None,
        origin: str = "",
    ) -> None:
        for _ in range(MOST_REDIRECTS):
            self.address = url
            assert policy is None or self._may_end_at(url, policy), f"the page's policy stops its form at {url}"
            if self.has_left:
                return
            self.answer = await self._ask(method, url, form, origin)
            self._typed = {}
            if not self.answer.is_redirect:
                break
            self.redirects.append(self.answer)
            method, form = ("HEAD" if method == "HEAD" else "GET"), None
            url = urljoin(url, self.answer.headers["location"])
        else:
            raise AssertionError(f"redirected again and again: {url}")
        is_page = self.answer.headers.get("content-type", "").startswith("text/html") and method != "HEAD"
        self._page = parse(self.answer.text) if is_page else Element("")

    async def _ask(self, method: str, url: str, form: Mapping[str, str] | None, origin: str) -> httpx.Response:
        headers = dict(self.headers)
        cookie = self.jar.header(url)
        if cookie and not (form is not None and origin):
            headers["cookie"] = cookie
        if form is not None:
            no_referrer = self.answer is not None and self.answer.headers.get("referrer-policy") == "no-referrer"
            site = "cross-site" if origin else "same-origin"
            headers |= {"origin": origin or ("null" if no_referrer else self.home), "sec-fetch-site": site}
        answer = await self.client.request(method, url, headers=headers, data=form, follow_redirects=False)
        self.jar.keep(url, answer.headers.get_list("set-cookie"))
        return answer

    def _may_end_at(self, url: str, policy: list[str]) -> bool:
        """Content Security Policy 3 §6.4.1, as Chromium does it: every redirect after a form counts."""
        parts = urlsplit(url)
        hosts = {f"{parts.scheme}:", f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{parts.hostname}:*"}
        return ("'self'" in policy and _is_at(url, self.home)) or bool(hosts & set(policy))


def _is_at(url: str, home: str) -> bool:
    return urlsplit(url)[:2] == urlsplit(home)[:2]
