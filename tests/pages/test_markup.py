"""What every page owes its reader: labels, announcements, small size, nothing from elsewhere (STD-40, SEC-44)."""

import gzip
import re

import pytest

from tests.pages.conftest import Show
from tests.pages.samples import SAMPLES, Sample

MOST_BYTES = 16_000
"""design: the login page under 30 kB in all; this is all of it."""

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def html_of(show: Show, name: str) -> str:
    return bytes(show(next(sample for sample in SAMPLES if sample.name == name)).body).decode()


@every_sample
def test_a_page_is_small_and_whole(show: Show, sample: Sample) -> None:
    page = bytes(show(sample).body)

    assert len(page) < MOST_BYTES
    assert len(gzip.compress(page)) < 6_000
    assert page.startswith(b'<!doctype html>\n<html lang="fr">')


@every_sample
def test_a_page_loads_nothing_and_styles_nothing_inline(show: Show, sample: Sample) -> None:
    page = bytes(show(sample).body).decode()

    assert set(re.findall(r'<link rel="icon" href="([^"]+)"', page)) == {"/favicon.ico"}
    assert not re.search(r"\ssrc=|@import|url\(|\sstyle=|\son[a-z]+=\"|<(?:img|iframe|object)\b", page)


@every_sample
def test_the_policy_lets_in_this_pages_style_and_script_alone(show: Show, sample: Sample) -> None:
    response = show(sample)
    page, policy = bytes(response.body).decode(), response.headers["content-security-policy"]

    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page))

    assert f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'" in policy
    assert nonce not in bytes(show(sample).body).decode()


@every_sample
def test_every_field_has_a_label_and_says_what_it_is_for(show: Show, sample: Sample) -> None:
    page = bytes(show(sample).body).decode()
    seen = [field for field in re.findall(r"<input [^>]+>", page) if 'type="hidden"' not in field]

    labelled = [field for field in seen if 'aria-hidden="true"' not in field]

    assert all(f'<label for="{identifier(field)}">' in page for field in labelled)
    assert all("autocomplete=" in field for field in seen)


@every_sample
def test_every_form_that_changes_something_carries_the_token(show: Show, sample: Sample) -> None:
    page = bytes(show(sample).body).decode()

    forms = re.findall(r"<form [^>]*>.*?</form>", page, flags=re.DOTALL)

    assert len(forms) == page.count("<form")
    assert all('method="post"' in form for form in forms)
    assert all(re.search(r'name="csrf_token" value="[\w-]{43}"', form) for form in forms)


@every_sample
def test_identifiers_are_unique_and_those_referred_to_exist(show: Show, sample: Sample) -> None:
    page = bytes(show(sample).body).decode()
    identifiers = re.findall(r'\sid="([^"]+)"', page)
    referred = " ".join(re.findall(r'(?:aria-describedby|aria-controls)="([^"]+)"', page)).split()

    assert len(identifiers) == len(set(identifiers))
    assert set(referred) <= set(identifiers)


@pytest.mark.parametrize("name", ["login-refused", "forgot-unknown", "code-refused", "reset-refused"])
def test_an_error_is_announced_and_tied_to_its_fields(show: Show, name: str) -> None:
    page = html_of(show, name)

    assert '<ul role="alert" class="alert" id="errors">' in page
    assert re.search(r'<input [^>]*aria-invalid="true" aria-describedby="errors', page)


@pytest.mark.parametrize("name", ["login-mail-sent", "login-maybe-sent", "login-password-set"])
def test_a_success_is_announced_and_is_no_error(show: Show, name: str) -> None:
    page = html_of(show, name)

    assert 'role="status"' in page
    assert 'role="alert"' not in page
    assert 'aria-invalid="' not in page


def test_a_bound_association_is_read_only(show: Show) -> None:
    assert re.search(r'name="association" value="Escrime-Lyon"[^>]* readonly', html_of(show, "login-application"))
    assert " readonly" not in html_of(show, "login-club")


def test_fields_say_to_password_managers_what_they_are(show: Show) -> None:
    login, reset, code = (html_of(show, name) for name in ("login-club", "reset", "code"))

    assert re.search(r'name="association"[^>]*autocomplete="organization"', login)
    assert re.search(r'name="identifier"[^>]*autocomplete="username"', login)
    assert re.search(r'name="password" type="password" autocomplete="current-password"', login)
    assert re.search(r'name="password" type="password" autocomplete="new-password"', reset)
    assert re.search(r'name="identifier" value="nora@exemple.fr" autocomplete="username"', reset)
    assert re.search(r'name="code"[^>]*autocomplete="one-time-code"', code)


def test_cancel_is_there_only_where_an_application_waits(show: Show) -> None:
    assert 'name="cancel"' in html_of(show, "login-application")
    assert 'name="cancel"' not in html_of(show, "login-club")


def test_the_main_button_comes_first_so_that_enter_presses_it(show: Show) -> None:
    page = html_of(show, "login-application")

    assert page.index('id="submit"') < page.index('name="cancel"')


def identifier(field: str) -> str:
    found = re.search(r'\sid="([^"]+)"', field)
    return found[1] if found else ""
