"""Codes and refresh tokens are traded once, for their own client, while their person may still sign in."""

import jwt
import pytest

from idp.audit.tables import AuditEvent
from idp.errors import Unavailable
from idp.oauth.clients.service import Registered
from idp.store import Transaction
from idp.store.tables import table_of
from tests.oauth.story import ISSUER, Story, claims_of


async def test_a_code_is_traded_for_tokens(story: Story) -> None:
    answer = await story.exchange(story.code())

    assert answer.status == 200
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] == 300
    assert set(answer.body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert answer.body["refresh_token"].startswith("rt_")


async def test_the_access_token_names_one_audience_and_no_person(story: Story) -> None:
    answer = await story.exchange(story.code())

    header, claims = jwt.get_unverified_header(answer.body["access_token"]), claims_of(answer.body["access_token"])

    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert claims["aud"] == ISSUER
    assert claims["exp"] - claims["iat"] == 300
    assert claims["client_id"] == "shop"
    assert claims["membership"]["person"] == {"id": "P1", "kind": "member"}
    assert "Martin" not in str(claims)
    assert "exemple.fr" not in str(claims)


async def test_the_id_token_says_who_and_when_and_nothing_else(story: Story) -> None:
    answer = await story.exchange(story.code())

    claims = claims_of(answer.body["id_token"])

    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "at_hash"}
    assert claims["aud"] == "shop"
    assert claims["nonce"] == "n-1"
    assert claims["sid"] == "s-1"


async def test_a_refresh_gives_a_new_token_and_keeps_the_subject(story: Story) -> None:
    first = await story.exchange(story.code())
    story.clock.advance(minutes=5)

    second = await story.refresh(first.body["refresh_token"])

    assert second.status == 200
    assert second.body["refresh_token"] != first.body["refresh_token"]
    before, after = claims_of(first.body["id_token"]), claims_of(second.body["id_token"])
    assert (before["sub"], before["auth_time"], before["sid"]) == (after["sub"], after["auth_time"], after["sid"])
    assert "nonce" not in after


async def test_a_used_code_is_refused_and_ends_what_it_gave(story: Story) -> None:
    code = story.code()
    first = await story.exchange(code)

    second = await story.exchange(code)

    assert (second.status, second.body["error"]) == (400, "invalid_grant")
    assert not await story.is_told(first)
    assert (await story.refresh(first.body["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_code_used_again_after_its_minute_still_ends_what_it_gave(story: Story) -> None:
    code = story.code()
    first = await story.exchange(code)
    story.clock.advance(seconds=90)

    await story.exchange(code)

    assert not await story.is_told(first)


async def test_a_used_code_from_another_client_ends_what_it_gave(story: Story, other_shop: Registered) -> None:
    code = story.code()
    first = await story.exchange(code)

    second = await story.exchange(code, other_shop)

    assert second.body["error"] == "invalid_grant"
    assert not await story.is_told(first)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"redirect_uri": "https://shop.example/callback/"}, id="another redirect_uri"),
        pytest.param({"redirect_uri": ""}, id="no redirect_uri"),
        pytest.param({"code_verifier": ""}, id="no verifier"),
        pytest.param({"code_verifier": "A" * 43}, id="wrong verifier"),
        pytest.param({"code_verifier": "A" * 42}, id="short verifier"),
        pytest.param({"code_verifier": "A" * 129}, id="long verifier"),
    ],
)
async def test_a_code_brought_wrongly_is_spent_all_the_same(story: Story, changes: dict[str, str]) -> None:
    code = story.code()

    wrong = await story.exchange(code, changes=changes)
    right = await story.exchange(code)

    assert (wrong.status, wrong.body["error"]) == (400, "invalid_grant")
    assert right.body["error"] == "invalid_grant"


async def test_a_code_brought_by_another_client_is_spent(story: Story, other_shop: Registered) -> None:
    code = story.code()

    stolen = await story.exchange(code, other_shop)
    late = await story.exchange(code)

    assert stolen.body["error"] == "invalid_grant"
    assert late.body["error"] == "invalid_grant"


async def test_a_code_is_refused_after_60_seconds(story: Story) -> None:
    code = story.code()
    story.clock.advance(seconds=60)

    answer = await story.exchange(code)

    assert answer.body["error"] == "invalid_grant"


async def test_a_refresh_token_used_twice_ends_the_family_and_is_written_down(story: Story) -> None:
    first = (await story.exchange(story.code())).body["refresh_token"]
    second = (await story.refresh(first)).body["refresh_token"]

    reused = await story.refresh(first)

    assert reused.body["error"] == "invalid_grant"
    assert (await story.refresh(second)).body["error"] == "invalid_grant"
    assert "refresh_token.reused" in story.store.read_blocking(event_names)


async def test_another_family_of_the_same_person_goes_on_after_a_reuse(story: Story) -> None:
    elsewhere = await story.exchange(story.code("s-2"))
    first = (await story.exchange(story.code("s-1"))).body["refresh_token"]
    await story.refresh(first)

    await story.refresh(first)

    assert (await story.refresh(elsewhere.body["refresh_token"])).status == 200


async def test_a_refresh_token_of_another_client_is_refused_and_stays_good(
    story: Story, other_shop: Registered
) -> None:
    token = (await story.exchange(story.code())).body["refresh_token"]

    stolen = await story.refresh(token, other_shop)

    assert (stolen.status, stolen.body["error"]) == (400, "invalid_grant")
    assert (await story.refresh(token)).status == 200


async def test_a_wider_scope_is_refused_and_spends_nothing(story: Story) -> None:
    token = (await story.exchange(story.code(scope="openid offline_access"))).body["refresh_token"]

    wider = await story.refresh(token, scope="openid email")

    assert (wider.status, wider.body["error"]) == (400, "invalid_scope")
    assert (await story.refresh(token)).status == 200


async def test_a_narrower_scope_is_given_and_the_family_keeps_its_own(story: Story) -> None:
    token = (await story.exchange(story.code())).body["refresh_token"]

    narrower = await story.refresh(token, scope="openid")
    after = await story.refresh(narrower.body["refresh_token"])

    assert narrower.body["scope"] == "openid"
    assert "membership" not in claims_of(narrower.body["access_token"])
    assert "membership" in after.body["scope"]


async def test_a_refresh_token_rests_30_days_at_most(story: Story) -> None:
    token = (await story.exchange(story.code())).body["refresh_token"]
    story.clock.advance(days=30)

    assert (await story.refresh(token)).body["error"] == "invalid_grant"


async def test_a_family_lives_90_days_at_most(story: Story) -> None:
    token = (await story.exchange(story.code())).body["refresh_token"]
    for _ in range(3):
        story.clock.advance(days=29)
        token = (await story.refresh(token)).body["refresh_token"]
    story.clock.advance(days=3)

    assert (await story.refresh(token)).body["error"] == "invalid_grant"


async def test_no_refresh_token_without_offline_access(story: Story) -> None:
    answer = await story.exchange(story.code(scope="openid"))

    assert "refresh_token" not in answer.body


async def test_no_id_token_without_openid(story: Story) -> None:
    answer = await story.exchange(story.code(scope="membership"))

    assert "id_token" not in answer.body


async def test_nothing_is_spent_when_the_hook_gives_no_answer(story: Story) -> None:
    code = story.code()
    story.hook.is_down = True
    with pytest.raises(Unavailable):
        await story.exchange(code)
    story.hook.is_down = False

    token = (await story.exchange(code)).body["refresh_token"]
    story.hook.is_down = True
    with pytest.raises(Unavailable):
        await story.refresh(token)
    story.hook.is_down = False

    assert (await story.refresh(token)).status == 200


async def test_a_refused_refresh_ends_the_family(story: Story) -> None:
    answer = await story.exchange(story.code())
    eligible = story.hook.verdict
    story.hook.forget()

    refused = await story.refresh(answer.body["refresh_token"])
    story.hook.verdict = eligible

    assert refused.body["error"] == "invalid_grant"
    assert (await story.refresh(answer.body["refresh_token"])).body["error"] == "invalid_grant"
    assert not await story.is_told(answer)


async def test_a_refused_exchange_spends_the_code(story: Story) -> None:
    code = story.code()
    eligible = story.hook.verdict
    story.hook.forget()

    refused = await story.exchange(code)
    story.hook.verdict = eligible

    assert refused.body["error"] == "invalid_grant"
    assert (await story.exchange(code)).body["error"] == "invalid_grant"


def event_names(tx: Transaction) -> list[str]:
    return [row.name for row in tx.execute(table_of(AuditEvent).select())]
