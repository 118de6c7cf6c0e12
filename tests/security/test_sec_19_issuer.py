"""SEC-19: every authorization response names the issuer, byte for byte the one of discovery (RFC 9207)."""

from tests.security.place import PUBLIC_URL, Place, Visitor, query_of


def is_ours(told: dict[str, str], discovery: dict[str, str]) -> bool:
    """A client's mix-up check."""
    return told.get("iss") == discovery["issuer"]


def denied(visitor: Visitor, place: Place) -> dict[str, str]:
    page = visitor.begin(place.shop).headers["location"]
    return query_of(visitor.submit(page, cancel="1"))


def test_sec19_success_denial_and_error_name_the_issuer_of_discovery(small_place: Place) -> None:
    member, stranger = small_place.member(), small_place.visitor()
    discovery = member.get("/.well-known/openid-configuration").json()

    told = {
        "success": query_of(member.begin(small_place.shop)),
        "denial": denied(stranger, small_place),
        "login_required": query_of(stranger.begin(small_place.shop, prompt="none")),
        "invalid_scope": query_of(member.begin(small_place.shop, scope="none")),
        "no PKCE": query_of(member.begin(small_place.shop, code_challenge="")),
    }

    assert discovery["authorization_response_iss_parameter_supported"] is True
    assert discovery["issuer"] == PUBLIC_URL
    assert [case for case, answer in told.items() if not is_ours(answer, discovery)] == []
    assert [answer.get("error") for answer in told.values()][:3] == [None, "access_denied", "login_required"]


def test_sec19_an_answer_with_another_issuer_fails_the_clients_check(small_place: Place) -> None:
    discovery = small_place.visitor().get("/.well-known/openid-configuration").json()
    told = query_of(small_place.member().begin(small_place.shop))

    assert not is_ours(told | {"iss": "https://autre.exemple.fr"}, discovery)
    assert not is_ours({"code": told["code"]}, discovery)
