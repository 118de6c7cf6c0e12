"""SEC-41: one registered method each, and every failure reads alike."""

import base64

import pytest

from idp.errors import ProtocolError
from idp.oauth.client_authentication import Presented, is_proven, presented_by
from idp.oauth.clients.rules import AuthMethod, ClientFacts
from idp.oauth.clients.service import Clients, Registered
from idp.oauth.protocol_form import read_protocol_form
from idp.store.secrets import SecretMint
from tests.oauth.story import CALLBACK, Story, registered

FORM = "application/x-www-form-urlencoded"


def basic(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return f"Basic {base64.b64encode(raw).decode()}"


def test_basic_is_read_with_both_halves_form_decoded() -> None:
    presented = presented_by([basic("sh%2Bop:a+b%3A%25")], {})

    assert presented == Presented("sh+op", AuthMethod.BASIC, "a b:%")


def test_a_client_id_in_the_form_may_repeat_the_one_in_basic() -> None:
    assert presented_by([basic("shop:secret")], {"client_id": "shop"}).client_id == "shop"


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        pytest.param([], {}, id="nobody"),
        pytest.param([], {"client_secret": "s"}, id="a secret alone"),
        pytest.param([basic("shop:s")], {"client_secret": "s"}, id="secret in both places"),
        pytest.param([basic("shop:s")], {"client_id": "other"}, id="two clients"),
        pytest.param([basic("shop:s")], {"client_assertion": "x"}, id="assertion beside"),
        pytest.param([basic("shop:s"), basic("shop:s")], {}, id="two headers"),
        pytest.param([basic("shop")], {}, id="no colon"),
        pytest.param([basic(":s")], {}, id="no client"),
        pytest.param([basic("")], {}, id="empty"),
        pytest.param(["Basic"], {}, id="no credentials"),
        pytest.param(["Basic ###"], {}, id="no base64"),
        pytest.param(["Basic c2hvcDpz\u00e9"], {}, id="beyond ascii"),
        pytest.param(["Basic c2hv cDpz"], {}, id="space inside"),
        pytest.param([basic(b"shop:\xff\xfe")], {}, id="not utf-8"),
        pytest.param([basic("shop:%ff")], {}, id="not utf-8, escaped"),
        pytest.param([basic("sh%00op:s")], {}, id="nul"),
        pytest.param([basic("x" * 201 + ":s")], {}, id="long id"),
        pytest.param(["Bearer abc"], {"client_id": "shop"}, id="bearer"),
        pytest.param(["Digest abc"], {"client_id": "shop"}, id="digest"),
        pytest.param([], {"client_id": "x" * 201}, id="long id in the form"),
        pytest.param([], {"client_id": "shop", "client_assertion": "x"}, id="assertion"),
    ],
)
def test_what_does_not_name_one_client_in_one_way_is_refused(headers: list[str], form: dict[str, str]) -> None:
    with pytest.raises(ProtocolError) as refused:
        presented_by(headers, form)

    assert (refused.value.code, refused.value.status) == ("invalid_client", 401)


@pytest.fixture
def by_post(clients: Clients) -> Registered:
    return registered(clients, ClientFacts("poster", "P", auth_method=AuthMethod.POST, redirect_uris=(CALLBACK,)))


@pytest.fixture
def public(clients: Clients) -> Registered:
    return registered(clients, ClientFacts("phone", "M", auth_method=AuthMethod.NONE, redirect_uris=(CALLBACK,)))


def test_each_client_is_proven_by_its_own_method_alone(
    shop: Registered, by_post: Registered, public: Registered, mint: SecretMint
) -> None:
    proven = {
        (whose.client.client_id, method.value)
        for whose in (shop, by_post, public)
        for method in AuthMethod
        if is_proven(
            whose.client,
            Presented(whose.client.client_id, method, whose.secret.reveal() if whose.secret else "x"),
            mint,
        )
    }

    assert proven == {("shop", "client_secret_basic"), ("poster", "client_secret_post"), ("phone", "none")}


@pytest.mark.parametrize("secret", [None, "", "wrong", "é", "\ud800", "x" * 1_000_000])
def test_a_wrong_secret_is_no_proof(shop: Registered, mint: SecretMint, secret: str | None) -> None:
    assert not is_proven(shop.client, Presented("shop", AuthMethod.BASIC, secret), mint)


def test_another_clients_secret_is_no_proof(shop: Registered, other_shop: Registered, mint: SecretMint) -> None:
    assert other_shop.secret is not None

    assert not is_proven(shop.client, Presented("shop", AuthMethod.BASIC, other_shop.secret.reveal()), mint)


async def test_unknown_clients_and_wrong_secrets_get_the_same_answer(story: Story) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "rt_x"}

    unknown = await story.tokens.answer(Presented("nobody", AuthMethod.BASIC, "s"), form)
    wrong = await story.tokens.answer(Presented("shop", AuthMethod.BASIC, "s"), form)

    assert unknown == wrong
    assert unknown.status == 401
    assert unknown.headers["WWW-Authenticate"].startswith("Basic ")


async def test_a_failed_authentication_spends_nothing(story: Story) -> None:
    code = story.code()
    form = {"grant_type": "authorization_code", "code": code}

    await story.tokens.answer(Presented("shop", AuthMethod.BASIC, "wrong"), form)

    assert (await story.exchange(code)).status == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param(None, b"a=1", id="no type"),
        pytest.param("application/json", b"{}", id="json"),
        pytest.param("multipart/form-data; boundary=x", b"--x--", id="multipart"),
        pytest.param("text/plain", b"a=1", id="text"),
        pytest.param(FORM, b"a=1&a=2", id="repeated"),
        pytest.param(FORM, b"a=&a=", id="repeated and empty"),
        pytest.param(FORM, b"a=%00", id="nul"),
        pytest.param(FORM, b"a=%0d%0a", id="line end"),
        pytest.param(FORM, b"a%0a=1", id="line end in the name"),
        pytest.param(FORM, b"a=\xff", id="not utf-8"),
        pytest.param(FORM, b"a=%ff", id="not utf-8, escaped"),
        pytest.param(FORM, b"a=%ed%a0%80", id="surrogate"),
        pytest.param(FORM, b"&".join(b"a%d=1" % n for n in range(21)), id="21 fields"),
    ],
)
def test_a_form_that_two_programs_could_read_differently_is_refused(content_type: str | None, body: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_protocol_form(content_type, body)

    assert (refused.value.code, refused.value.status) == ("invalid_request", 400)


def test_an_empty_parameter_counts_as_left_out() -> None:
    assert read_protocol_form(f"{FORM}; charset=UTF-8", b"a=&b=caf%C3%A9+x&c") == {"b": "café x"}
