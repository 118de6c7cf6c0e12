"""SEC-17: an answer goes to a registered address byte for byte, through the whole application."""

import pytest

from idp.oauth.clients.rules import AuthMethod, ClientFacts
from idp.oauth.clients.service import Registered
from tests.security.place import CALLBACK, Place, parameters_of, query_of

HOST = "boutique.exemple.fr"
VARIANTS = (
    f"HTTPS://{HOST}/callback",
    f"https://{HOST.upper()}/callback",
    f"https://{HOST}/Callback",
    f"https://{HOST}/CALLBACK",
    f"https://{HOST}/callback/",
    f"https://{HOST}//callback",
    f"https://{HOST}/callback//",
    f"https://{HOST}/./callback",
    f"https://{HOST}/x/../callback",
    f"https://{HOST}/callback/.",
    f"https://{HOST}/callback/..",
    f"https://{HOST}/callback/../callback",
    f"https://{HOST}/%63allback",
    f"https://{HOST}/callback%2e",
    f"https://{HOST}/%2e/callback",
    f"https://{HOST}/callback%2f",
    f"https://{HOST}/callback%00",
    f"https://{HOST}/callback%0d%0a",
    f"https://{HOST}/callback%20",
    f"https://{HOST}/callback ",
    f" https://{HOST}/callback",
    f"https://{HOST}/callback\t",
    f"https://{HOST}/call\tback",
    f"https://{HOST}/callback\n",
    f"https://{HOST}/callback\\",
    f"https:\\\\{HOST}\\callback",
    f"https://{HOST}:443/callback",
    f"https://{HOST}:8443/callback",
    f"https://{HOST}:/callback",
    f"https://{HOST}./callback",
    f"https://user@{HOST}/callback",
    f"https://{HOST}@evil.example/callback",
    f"https://{HOST}:pass@evil.example/callback",
    f"https://{HOST}/callback#",
    f"https://{HOST}/callback#x",
    f"https://{HOST}/callback?",
    f"https://{HOST}/callback?x=1",
    f"https://{HOST}/callback;x",
    f"https://sub.{HOST}/callback",
    f"https://{HOST}.evil.example/callback",
    "https://exemple.fr/callback",
    f"https://{HOST}",
    f"https://{HOST}/",
    f"http://{HOST}/callback",
    f"//{HOST}/callback",
    "/callback",
    "https://xn--boutique-.exemple.fr/callback",
    "https://bоutique.exemple.fr/callback",
    "https://ｂoutique.exemple.fr/callback",
    "https://[::1]/callback",
    "https://127.0.0.1/callback",
    "*",
    f"https://*.{HOST.partition('.')[2]}/callback",
    f"{CALLBACK},{CALLBACK}",
    f"{CALLBACK} {CALLBACK}",
)
NATIVE = "http://127.0.0.1:9000/callback"
ANY_PORT = ("http://127.0.0.1/callback", "http://127.0.0.1:1/callback", "http://127.0.0.1:65535/callback")
NOT_LOOPBACK = (
    "http://localhost:9000/callback",
    "http://127.0.0.2:9000/callback",
    "http://127.1:9000/callback",
    "http://2130706433:9000/callback",
    "http://0x7f.1/callback",
    "http://[::1]:9000/callback",
    "http://[::ffff:127.0.0.1]:9000/callback",
    "http://127.0.0.1:9000/callback/",
    "http://127.0.0.1:9000/callback?x=1",
    "http://127.0.0.1:9000/Callback",
    "http://127.0.0.1:80@evil.example/callback",
    "http://127.0.0.1:9000@evil.example/callback",
    "http://127.0.0.1.evil.example:9000/callback",
    "https://127.0.0.1:9000/callback",
    "http://127.0.0.1:/callback",
    "http://127.0.0.1:99999999/callback",
)


def answered(place: Place, shop: Registered, uris: tuple[str, ...]) -> dict[str, int]:
    """Each address that was asked for, and the status of the answer; a page is 400 and leads nowhere."""
    visitor = place.member()
    answers = {
        uri: visitor.client.get("/authorize", params=parameters_of(shop) | {"redirect_uri": uri}) for uri in uris
    }
    assert not any("location" in answer.headers for answer in answers.values() if answer.status_code != 303)
    return {uri: answer.status_code for uri, answer in answers.items()}


@pytest.fixture
def native(small_place: Place) -> Registered:
    facts = ClientFacts("", "Sur le poste", auth_method=AuthMethod.NONE, redirect_uris=(NATIVE,))
    added = small_place.worker.services.clients.add(facts)
    assert isinstance(added, Registered)
    return added


def test_sec17_only_the_registered_bytes_pass(small_place: Place) -> None:
    assert len(VARIANTS) >= 40
    assert answered(small_place, small_place.shop, VARIANTS) == dict.fromkeys(VARIANTS, 400)
    assert answered(small_place, small_place.shop, (CALLBACK,)) == {CALLBACK: 303}


def test_sec17_a_native_application_may_listen_on_any_port_of_the_loopback_address(
    small_place: Place, native: Registered
) -> None:
    assert answered(small_place, native, ANY_PORT) == dict.fromkeys(ANY_PORT, 303)
    assert answered(small_place, native, NOT_LOOPBACK) == dict.fromkeys(NOT_LOOPBACK, 400)


def test_sec17_the_code_of_one_port_is_not_traded_for_another(small_place: Place, native: Registered) -> None:
    visitor = small_place.member()
    code = query_of(visitor.begin(native, redirect_uri="http://127.0.0.1:1/callback"))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": native.client.client_id,
        "redirect_uri": NATIVE,
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }

    refused = visitor.post("/token", form)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
