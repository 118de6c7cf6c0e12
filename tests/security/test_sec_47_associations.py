"""SEC-47: one address in two associations is two accounts, and what an address or a request says is only shown."""

import pytest

from idp.store import Transaction
from tests.factories import Club, add_member, give_credential
from tests.fakes import SeededEntropy
from tests.security.place import CLUB, HUGO, PASSWORD, Place, query_of


@pytest.fixture
def twice(small_place: Place) -> Place:
    """Hugo is a member of the other club too, under the same address."""
    other = Club("a-69001", "69001", "Ailleurs", None)

    def joins(tx: Transaction) -> None:
        add_member(tx, other, "Q1", email=HUGO)
        password_hash = small_place.stage.password_hash
        give_credential(tx, other, HUGO, password_hash=password_hash, entropy=SeededEntropy(b"twice"))

    small_place.worker.services.store.write_blocking(joins)
    return small_place


def test_sec47_a_session_of_one_association_is_none_in_the_other(twice: Place) -> None:
    visitor = twice.member()

    here = query_of(visitor.begin(twice.shop, prompt="none", association=CLUB))
    there = query_of(visitor.begin(twice.shop, prompt="none", association="Ailleurs"))
    asked = visitor.begin(twice.shop, association="Ailleurs")

    assert "code" in here
    assert there["error"] == "login_required"
    assert asked.headers["location"].startswith("/Login/Ailleurs?")


def test_sec47_two_associations_give_one_address_two_subjects(twice: Place) -> None:
    visitor = twice.member()
    visitor.sign_in(HUGO, PASSWORD, "Ailleurs")

    both = query_of(visitor.begin(twice.shop, prompt="none"))

    assert both["error"] == "account_selection_required"


@pytest.mark.parametrize(
    "odd", ["%3Cb%3Ex", "..%2e", "MONASSOCIATION", "inconnue", "Mon%C3%84ssociation", "%22onfocus%3D%22x"]
)
def test_sec47_an_unknown_alias_gives_the_form_with_what_was_typed(small_place: Place, odd: str) -> None:
    page = small_place.visitor().get(f"/Login/{odd}")

    assert page.status_code == 200
    assert 'name="password"' in page.text
    assert "<b>x" not in page.text
    assert '"onfocus' not in page.text


@pytest.mark.parametrize("odd", ["..%2F..%2Fetc", "a%2Fb", "%2e%2e/admin"])
def test_sec47_a_traversal_leads_nowhere(small_place: Place, odd: str) -> None:
    assert small_place.visitor().get(f"/Login/{odd}").status_code in {200, 404}


def test_sec47_a_login_hint_is_shown_as_text_and_decides_nothing(small_place: Place) -> None:
    visitor = small_place.visitor()
    login = visitor.begin(small_place.shop, login_hint='"><script>zqx</script>', association=CLUB)

    page = visitor.get(login.headers["location"])

    assert "<script>zqx" not in page.text
    assert "&lt;script&gt;zqx" in page.text


@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "60"}])
def test_sec47_prompt_login_and_max_age_ask_for_the_password_again(small_place: Place, wish: dict[str, str]) -> None:
    visitor = small_place.member()
    small_place.clock.advance(seconds=61)

    asked = visitor.begin(small_place.shop, **wish)
    silent = visitor.begin(small_place.shop, **(wish | {"prompt": "none"}))

    assert asked.headers["location"].startswith("/")
    assert "error" in query_of(silent) or "prompt" in wish


def test_sec47_prompt_none_never_shows_a_page(small_place: Place) -> None:
    told = query_of(small_place.visitor().begin(small_place.shop, prompt="none"))

    assert told["error"] == "login_required"
