"""The pages in a real browser: accessibility, small screens, keyboard, with and without script."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.pages.gallery import CHROMIUM, CHROMIUM_OPTIONS, served
from tests.pages.samples import SAMPLES, Sample

pytestmark = [pytest.mark.chromium]

WIDE: ViewportSize = {"width": 1280, "height": 800}

NARROW: ViewportSize = {"width": 320, "height": 640}
BY_CONTRACT = {"aria-allowed-role"}
"""`<ul role="alert">` is what applications' tests look for; axe holds it for bad style, WCAG does not."""

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


@dataclass
class Visitor:
    """A person's browser on the gallery; `complaints` is what its console said."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.address}/{name}")
        return self.page

    def violations(self, **options: object) -> list[tuple[str, list[str]]]:
        found = Axe().run(self.page, options=options).response["violations"]
        return [
            (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found if rule["id"] not in BY_CONTRACT
        ]


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_OPTIONS])
        yield browser
        browser.close()


def visit(chromium: Browser, gallery: str, *, script: bool = True, bypass_csp: bool = False) -> Iterator[Visitor]:
    page = chromium.new_page(viewport=WIDE, java_script_enabled=script, bypass_csp=bypass_csp)
    visitor = Visitor(page, gallery)
    page.on("console", lambda message: visitor.complaints.append(message.text))
    page.on("pageerror", lambda error: visitor.complaints.append(error.message))
    yield visitor
    page.close()


@pytest.fixture
def visitor(chromium: Browser, gallery: str) -> Iterator[Visitor]:
    yield from visit(chromium, gallery)


@pytest.fixture(scope="module")
def inspector(chromium: Browser, gallery: str) -> Iterator[Visitor]:
    """A visitor who may inject axe, which our policy would refuse."""
    yield from visit(chromium, gallery, bypass_csp=True)


@pytest.fixture(scope="module")
def phone(chromium: Browser, gallery: str) -> Iterator[Visitor]:
    """A visitor with the narrowest screen there is; also what 400 % of zoom leaves of a wide one."""
    for visitor in visit(chromium, gallery):
        visitor.page.set_viewport_size(NARROW)
        yield visitor


@pytest.fixture(scope="module")
def visitor_without_script(chromium: Browser, gallery: str) -> Iterator[Visitor]:
    yield from visit(chromium, gallery, script=False)


@every_sample
def test_axe_finds_nothing_in_light_and_enough_contrast_in_dark(inspector: Visitor, sample: Sample) -> None:
    inspector.page.emulate_media(color_scheme="light")
    inspector.open(sample.name)

    in_light = inspector.violations()
    inspector.page.emulate_media(color_scheme="dark")
    in_dark = inspector.violations(runOnly=["color-contrast", "link-in-text-block"])

    assert (in_light, in_dark) == ([], [])


@every_sample
def test_a_narrow_or_much_enlarged_page_never_scrolls_sideways(phone: Visitor, sample: Sample) -> None:
    page = phone.open(sample.name)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@every_sample
def test_every_target_is_large_enough(phone: Visitor, sample: Sample) -> None:
    page = phone.open(sample.name)

    small = page.evaluate(
        """[...document.querySelectorAll("main a, footer a, button:not([hidden]), summary, input:not([type=hidden])")]
        .filter((one) => !one.closest("p:not(.hint):not(.or):not(.back):not(.lead)") && !one.ariaHidden)
        .map((one) => [one.outerHTML, one.getBoundingClientRect().height]).filter(([, height]) => height < 24)"""
    )

    assert small == []


@every_sample
def test_the_policy_of_a_page_stops_nothing_of_the_page(phone: Visitor, sample: Sample) -> None:
    phone.open(sample.name)

    assert [line for line in phone.complaints if "status of" not in line] == []


@every_sample
def test_a_page_reads_the_same_without_script(visitor_without_script: Visitor, sample: Sample) -> None:
    page = visitor_without_script.open(sample.name)

    assert page.locator("h1").is_visible()
    assert page.locator(".show:visible").count() == 0


def test_the_keyboard_goes_through_the_login_page_in_reading_order(visitor: Visitor) -> None:
    page = visitor.open("login-application")
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    page.locator(".skip").focus()

    walk = []
    for _ in range(9):
        walk.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        page.keyboard.press("Tab")

    assert walk == [
        "Aller au contenu",
        "association",
        "identifier",
        "Mot de passe oublié",
        "password",
        "Afficher",
        "submit",
        "cancel",
        "Première connexion\u202f?",
    ]


def test_whoever_holds_the_focus_can_be_seen(visitor: Visitor) -> None:
    page = visitor.open("login-club")

    for selector, shown_on in (("#submit", "#submit"), ("a[data-carry]", "a[data-carry]"), ("#identifier", ".box")):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        outline = page.evaluate("(box) => getComputedStyle(document.activeElement.closest(box)).outlineWidth", shown_on)
        assert outline == "3px", selector


def test_afficher_shows_the_password_and_hides_it_again(visitor: Visitor) -> None:
    page = visitor.open("login-club")
    page.fill("#password", "correct horse battery")

    page.click("text=Afficher")
    shown = page.get_attribute("#password", "type")
    page.click("text=Masquer")

    assert shown == "text"
    assert page.get_attribute("#password", "type") == "password"
    assert page.get_attribute(".show", "aria-label") == "Afficher le mot de passe"


def test_the_forgotten_password_page_gets_what_was_typed_but_the_password(visitor: Visitor) -> None:
    page = visitor.open("login-bare")
    page.fill("#association", "Escrime-Lyon")
    page.fill("#identifier", "nora@exemple.fr")
    page.fill("#password", "marker")

    with page.expect_request("**/password/forgot*") as sent:
        page.click("text=Mot de passe oublié")

    assert page.input_value("#association") == "Escrime-Lyon"
    assert page.input_value("#identifier") == "nora@exemple.fr"
    assert "marker" not in (sent.value.post_data or "")
    assert "prefill=1" in (sent.value.post_data or "")


def test_without_script_the_forgotten_password_link_is_a_plain_link(visitor_without_script: Visitor) -> None:
    page = visitor_without_script.open("login-club")

    with page.expect_request("**/password/forgot*") as sent:
        page.click("text=Mot de passe oublié")

    assert sent.value.method == "GET"
    assert sent.value.url.endswith("?association=Escrime-Lyon")


def test_a_second_click_sends_nothing_twice(visitor: Visitor) -> None:
    page = visitor.open("forgot")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))

    with page.expect_event("load"):
        page.evaluate("document.querySelector('#submit').click(); document.querySelector('#submit').click()")

    assert sent.count("POST") == 1


def test_the_first_paint_needs_one_request_alone(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))

    visitor.open("login-club")

    assert [url for url in asked if not url.endswith("/favicon.ico")] == [f"{visitor.address}/login-club"]
