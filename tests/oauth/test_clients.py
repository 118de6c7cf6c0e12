"""Applications are registered as they ask, or told all that is wrong; secrets are shown once and kept as hashes."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from idp.audit.tables import AuditEvent
from idp.eligibility.verdict import AssociationFacts
from idp.oauth.client_authentication import Presented, is_proven
from idp.oauth.clients.registration import faults_of
from idp.oauth.clients.rules import AuthMethod, ClientFacts, Profile
from idp.oauth.clients.service import Clients, Refused, Registered, Unknown
from idp.oauth.clients.tables import Client
from idp.store import Store
from idp.store.secrets import SecretMint
from idp.store.tables import table_of
from tests.oauth.story import CALLBACK, Story, registered

GOOD = ClientFacts("shop", "Boutique", redirect_uris=(CALLBACK,))
RSA_KEY = {"kty": "RSA", "n": "x", "e": "AQAB"}


def test_a_secret_is_shown_once_and_kept_as_a_hash(shop: Registered, clients: Clients, store: Store) -> None:
    assert shop.secret is not None
    plain = shop.secret.reveal()

    kept = store.read_blocking(lambda tx: str(tx.execute(select(table_of(Client))).all()))

    assert plain.startswith("cs_")
    assert len(plain) == 46
    assert plain not in kept
    assert plain not in repr(shop)
    assert clients.show("shop") == replace(shop.client, version=1)


def test_a_client_id_is_random_and_never_looks_like_a_subject(clients: Clients) -> None:
    first = registered(clients, replace(GOOD, client_id=""))
    second = registered(clients, replace(GOOD, client_id=""))

    assert first.client.client_id.startswith("c_")
    assert first.client.client_id != second.client.client_id


def test_everything_said_about_an_application_is_kept(clients: Clients) -> None:
    said = ClientFacts(
        client_id="all",
        name="Toutes options",
        profile=Profile.FAPI2,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        trusted=False,
        redirect_uris=(CALLBACK,),
        post_logout_redirect_uris=("https://shop.example/bye",),
        backchannel_logout_uri="https://shop.example/logout",
        initiate_login_uri="https://shop.example/login",
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scopes=("openid", "club.read"),
        resources=("https://api.example",),
        only_associations=("75012",),
        default_for=("MonAssociation",),
        jwks={"keys": [RSA_KEY]},
        refresh_grace_seconds=30,
    )

    registered(clients, said)

    assert clients.show("all") == said


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"name": " "}, "client_name"),
        ({"name": "a\nb"}, "client_name"),
        ({"name": "n" * 101}, "client_name"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"redirect_uris": ("http://evil.example/",)}, "redirect_uris"),
        ({"redirect_uris": ("fr.club.app:/cb",)}, "redirect_uris"),
        ({"post_logout_redirect_uris": ("javascript:x",)}, "post_logout_redirect_uris"),
        ({"scopes": ('a"b',)}, "scope"),
        ({"grant_types": ()}, "grant_types"),
        ({"grant_types": ("authorization_code", "password")}, "grant_types"),
        ({"auth_method": AuthMethod.NONE, "grant_types": ("client_credentials",)}, "grant_types"),
        ({"auth_method": AuthMethod.NONE, "refresh_grace_seconds": 5}, "refresh_grace"),
        ({"refresh_grace_seconds": 31}, "refresh_grace"),
        ({"profile": Profile.FAPI2}, "token_endpoint_auth_method"),
        ({"auth_method": AuthMethod.PRIVATE_KEY_JWT}, "jwks"),
        ({"jwks": {"keys": [RSA_KEY]}, "jwks_uri": "https://shop.example/jwks"}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {"keys": ["x"]}}, "jwks"),
        ({"jwks": [RSA_KEY]}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}, "jwks"),
        ({"jwks": {"keys": [{**RSA_KEY, "d": "x"}]}}, "jwks"),
        ({"jwks_uri": "http://shop.example/jwks"}, "jwks_uri"),
        ({"backchannel_logout_uri": "ftp://shop.example"}, "backchannel_logout_uri"),
        ({"initiate_login_uri": "https://user@shop.example"}, "initiate_login_uri"),
        ({"resources": ("api",)}, "resource"),
        ({"resources": ("https://api.example/#x",)}, "resource"),
        ({"only_associations": (" - ",)}, "only_associations"),
        ({"default_for": ("",)}, "default_for"),
    ],
)
def test_what_may_not_be_registered_is_named(change: dict[str, object], member: str) -> None:
    faults = faults_of(replace(GOOD, **change))  # type: ignore[arg-type]  # each row names a field and its type

    assert member in {fault.member for fault in faults}


def test_a_good_application_has_no_fault() -> None:
    assert faults_of(GOOD) == []


def test_a_client_id_is_given_once(shop: Registered, clients: Clients) -> None:
    assert clients.add(shop.client) == Unknown(taken=True)


def test_an_edit_changes_what_it_says_and_keeps_the_secret(
    shop: Registered, clients: Clients, mint: SecretMint
) -> None:
    assert shop.secret is not None

    outcome = clients.edit("shop", lambda client: replace(client, name="Nouvelle boutique"))

    assert isinstance(outcome, Registered)
    assert outcome.secret is None
    assert outcome.client.version == 2
    assert is_proven(outcome.client, Presented("shop", AuthMethod.BASIC, shop.secret.reveal()), mint)


@pytest.mark.usefixtures("shop")
def test_an_application_that_turns_public_loses_its_secret_and_gets_a_new_one_back(clients: Clients) -> None:
    public = clients.edit("shop", lambda client: replace(client, auth_method=AuthMethod.NONE))
    back = clients.edit("shop", lambda client: replace(client, auth_method=AuthMethod.POST))

    assert isinstance(public, Registered)
    assert public.client.secret_hashes == ()
    assert isinstance(back, Registered)
    assert back.secret is not None


def test_a_bad_edit_changes_nothing(shop: Registered, clients: Clients) -> None:
    outcome = clients.edit("shop", lambda client: replace(client, redirect_uris=("http://evil.example",)))

    assert isinstance(outcome, Refused)
    assert clients.show("shop") == shop.client


@pytest.mark.parametrize(("keep_old", "old_works"), [(False, False), (True, True)])
def test_a_rotated_secret_replaces_the_old_one_or_stands_beside_it(
    shop: Registered, clients: Clients, mint: SecretMint, *, keep_old: bool, old_works: bool
) -> None:
    assert shop.secret is not None

    rotated = clients.rotate_secret("shop", keep_old=keep_old)

    assert isinstance(rotated, Registered)
    assert rotated.secret is not None
    assert is_proven(rotated.client, Presented("shop", AuthMethod.BASIC, rotated.secret.reveal()), mint)
    assert is_proven(rotated.client, Presented("shop", AuthMethod.BASIC, shop.secret.reveal()), mint) is old_works


def test_a_kept_secret_ends_with_the_next_rotation(shop: Registered, clients: Clients, mint: SecretMint) -> None:
    assert shop.secret is not None
    clients.rotate_secret("shop", keep_old=True)

    again = clients.rotate_secret("shop", keep_old=True)

    assert isinstance(again, Registered)
    assert not is_proven(again.client, Presented("shop", AuthMethod.BASIC, shop.secret.reveal()), mint)


async def test_a_removed_application_loses_all_that_it_was_granted(story: Story, clients: Clients) -> None:
    answer = await story.exchange(story.code())

    assert clients.remove("shop")

    refused = await story.refresh(answer.body["refresh_token"])
    assert refused.body["error"] == "invalid_client"
    assert not await story.is_told(answer)


def test_what_is_unknown_is_said(clients: Clients) -> None:
    assert clients.show("nobody") is None
    assert not clients.remove("nobody")
    assert clients.rotate_secret("nobody") == Unknown()
    assert clients.edit("nobody", lambda client: client) == Unknown()


def test_a_long_list_comes_in_pages(clients: Clients) -> None:
    for name in ("a", "b", "c"):
        registered(clients, replace(GOOD, client_id=name))

    first = clients.page(count=2)
    rest = clients.page(after=first[-1].client_id, count=2)

    assert [client.client_id for client in (*first, *rest)] == ["a", "b", "c"]


def test_what_operators_do_is_written_down(shop: Registered, clients: Clients, store: Store) -> None:
    clients.rotate_secret("shop")
    clients.remove("shop")

    names = store.read_blocking(lambda tx: [row.name for row in tx.execute(select(table_of(AuditEvent)))])

    assert names == ["client.added", "client.secret_rotated", "client.removed"]
    assert shop.client.client_id == "shop"


def test_an_application_may_be_for_some_associations_only() -> None:
    shop = replace(GOOD, only_associations=("monassociation",))

    assert shop.serves(AssociationFacts("a-1", "75012", "MonAssociation", "Mon association"))
    assert not shop.serves(AssociationFacts("a-2", "75013", None, "Autre"))
    assert GOOD.serves(AssociationFacts("a-2", "75013", None, "Autre"))
