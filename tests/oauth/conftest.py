"""Nouns of the protocol's story."""

import pytest

from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Clients, Registered
from idp.oauth.grants.issue import CodeIssuer
from idp.oauth.service import Tokens
from idp.oauth.userinfo import UserInfo
from idp.settings import Lifetimes
from idp.store import Store
from idp.store.secrets import SecretMint
from tests.fakes import FixedClock, SeededEntropy
from tests.oauth.story import CALLBACK, ISSUER, Hook, OneKeyEach, Story, registered


@pytest.fixture
def hook(store: Store) -> Hook:
    return Hook(store)


@pytest.fixture
def keys(clock: FixedClock) -> OneKeyEach:
    return OneKeyEach(clock)


@pytest.fixture
def clients(store: Store, mint: SecretMint, clock: FixedClock, entropy: SeededEntropy) -> Clients:
    return Clients(store, mint, clock, entropy)


@pytest.fixture
def shop(clients: Clients) -> Registered:
    """A confidential application of profile `strict`."""
    return registered(clients, ClientFacts("shop", "Boutique", redirect_uris=(CALLBACK,)))


@pytest.fixture
def other_shop(clients: Clients) -> Registered:
    return registered(clients, ClientFacts("other", "Autre", redirect_uris=("https://other.example/cb",)))


@pytest.fixture
def issuer(mint: SecretMint, entropy: SeededEntropy) -> CodeIssuer:
    return CodeIssuer(mint, entropy, Lifetimes())


@pytest.fixture
def tokens(
    store: Store, hook: Hook, keys: OneKeyEach, mint: SecretMint, clock: FixedClock, entropy: SeededEntropy
) -> Tokens:
    return Tokens(store, hook, keys, mint, clock, entropy, lifetimes=Lifetimes(), issuer=ISSUER)


@pytest.fixture
def userinfo(store: Store, hook: Hook, keys: OneKeyEach, clock: FixedClock) -> UserInfo:
    return UserInfo(store, hook, keys, clock, issuer=ISSUER)


@pytest.fixture
def story(
    store: Store,
    clock: FixedClock,
    issuer: CodeIssuer,
    tokens: Tokens,
    userinfo: UserInfo,
    hook: Hook,
    shop: Registered,
) -> Story:
    return Story(store, clock, issuer, tokens, userinfo, hook, shop)
