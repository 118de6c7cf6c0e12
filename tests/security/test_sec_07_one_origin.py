"""SEC-07: whatever a request says of its host, every address that leaves is the configured one, or nothing leaves."""

import pytest

from tests.security.place import CLUB, HUGO, PUBLIC_URL, Place

OURS = "connexion.exemple.fr"
FORGED_HOSTS = [
    "evil.example",
    f"{OURS}:8443",
    f"{OURS}:443@evil.example",
    f"user@{OURS}",
    f"{OURS}/evil",
    f"{OURS}.evil.example",
    f"{OURS}, evil.example",
    f" {OURS}",
    f"{OURS}.",
    "",
]


@pytest.mark.parametrize("host", FORGED_HOSTS)
def test_sec07_a_forged_host_is_refused_and_mails_nothing(small_place: Place, host: str) -> None:
    visitor = small_place.visitor()
    fields = {"csrf_token": visitor.token("/password/forgot"), "association": CLUB, "identifier": HUGO}

    answer = visitor.post("/password/forgot", fields, host=host)

    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert "location" not in answer.headers
    assert small_place.worker.letters() == []


def test_sec07_two_hosts_are_refused(small_place: Place) -> None:
    answer = small_place.visitor().client.get("/", headers=[("host", OURS), ("host", "evil.example")])

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "http", "x-forwarded-port": "81"},
        {"forwarded": "host=evil.example;proto=http;for=evil.example"},
        {"x-original-url": "/evil", "x-rewrite-url": "/evil"},
        {"x-forwarded-server": "evil.example", "x-host": "evil.example", "x-forwarded-prefix": "/evil"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_sec07_forwarded_names_change_no_address(small_place: Place, header: dict[str, str]) -> None:
    visitor = small_place.visitor()
    fields = {"csrf_token": visitor.token("/password/forgot"), "association": CLUB, "identifier": HUGO}

    answer = visitor.post("/password/forgot", fields, **header)
    documents = [
        visitor.get("/.well-known/openid-configuration", **header),
        visitor.get("/", **header),
        visitor.begin(small_place.shop, prompt="none"),
    ]

    (letter,) = small_place.worker.letters_to(HUGO)
    assert str(letter.context["link"]).startswith(f"{PUBLIC_URL}/password/reset?token=")
    assert answer.headers["location"].startswith("/Login/")
    told = "".join(document.text + str(document.headers) for document in [answer, *documents])
    assert "evil" not in told
    assert documents[0].json()["issuer"] == PUBLIC_URL
    assert "domain=" not in told.lower()
