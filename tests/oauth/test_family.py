"""What ends a family, what it survives, and what a new verdict changes in it (SEC-05, SEC-22)."""

from dataclasses import replace

import pytest

from idp.accounts.access import end_credential, end_session
from idp.accounts.store import disable
from idp.eligibility.epochs import raise_epoch
from idp.eligibility.verdict import Purpose
from idp.errors import Unavailable
from idp.oauth.clients.rules import AuthMethod, ClientFacts
from idp.oauth.clients.service import Clients
from idp.oauth.userinfo import Rejection, Told
from tests.oauth.story import CLUB, HUGO, VERDICT, Story, claims_of, registered

ONLINE = "openid email membership"


async def test_a_logout_ends_the_family_offline_access_included(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.store.write_blocking(lambda tx: end_session(tx, "s-1", story.clock.now()))

    assert (await story.refresh(answer.body["refresh_token"])).body["error"] == "invalid_grant"
    assert not await story.is_told(answer)


async def test_a_logout_ends_a_code_that_waits(story: Story) -> None:
    code = story.code()
    story.store.write_blocking(lambda tx: end_session(tx, "s-1", story.clock.now()))

    assert (await story.exchange(code)).body["error"] == "invalid_grant"


async def test_a_new_password_ends_all_families_of_the_mailbox(story: Story) -> None:
    first, second = await story.exchange(story.code("s-1")), await story.exchange(story.code("s-2"))
    waiting = story.code("s-3")
    story.store.write_blocking(lambda tx: end_credential(tx, "cred-1", story.clock.now()))

    assert (await story.refresh(first.body["refresh_token"])).status == 400
    assert (await story.refresh(second.body["refresh_token"])).status == 400
    assert (await story.exchange(waiting)).status == 400


async def test_a_disabled_account_gets_nothing_more(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.store.write_blocking(lambda tx: disable(tx, "cred-1", story.clock.now()))

    assert (await story.refresh(answer.body["refresh_token"])).body["error"] == "invalid_grant"
    assert not await story.is_told(answer)


async def test_a_session_that_ends_by_time_ends_what_lives_by_it(story: Story) -> None:
    code = story.code(scope=ONLINE)
    story.store.write_blocking(lambda tx: story.expire_session(tx, "s-1"))

    assert (await story.exchange(code)).body["error"] == "invalid_grant"


async def test_offline_access_outlives_the_sessions_end_by_time(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.store.write_blocking(lambda tx: story.expire_session(tx, "s-1"))

    assert (await story.refresh(answer.body["refresh_token"])).status == 200


async def test_a_ban_cuts_userinfo_at_once(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.ban()

    assert await story.userinfo.tell(answer.body["access_token"]) is Rejection.INVALID_TOKEN


async def test_userinfo_asks_the_hook_only_where_something_moved(story: Story) -> None:
    answer = await story.exchange(story.code())
    asked = len(story.hook.asked)

    await story.is_told(answer)
    before = len(story.hook.asked)
    story.store.write_blocking(lambda tx: raise_epoch(tx, CLUB.id))
    await story.is_told(answer)
    await story.is_told(answer)

    assert before == asked
    assert story.hook.asked[asked:] == [("75012", "hugo@exemple.fr", Purpose.REFRESH)]


async def test_userinfo_tells_the_new_verdicts_claims(story: Story) -> None:
    answer = await story.exchange(story.code())
    renamed = replace(HUGO, family_name="Durand", roles=("bureau",))
    story.hook.verdict = replace(VERDICT, persons=(renamed,), email="hugo.durand@exemple.fr")
    story.store.write_blocking(lambda tx: raise_epoch(tx, CLUB.id, HUGO.id))

    told = await story.userinfo.tell(answer.body["access_token"])

    assert isinstance(told, Told)
    assert (told.claims["family_name"], told.claims["email"]) == ("Durand", "hugo.durand@exemple.fr")
    assert told.claims["membership"]["roles"] == ["bureau"]


async def test_userinfo_refuses_one_who_is_gone_and_says_so_when_it_cannot_know(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.store.write_blocking(lambda tx: raise_epoch(tx, CLUB.id))
    story.hook.is_down = True
    with pytest.raises(Unavailable):
        await story.userinfo.tell(answer.body["access_token"])
    story.hook.is_down = False
    story.hook.verdict = replace(VERDICT, persons=(replace(HUGO, id="P2"),))

    assert await story.userinfo.tell(answer.body["access_token"]) is Rejection.INVALID_TOKEN


async def test_userinfo_needs_openid(story: Story) -> None:
    answer = await story.exchange(story.code(scope="membership"))

    assert await story.userinfo.tell(answer.body["access_token"]) is Rejection.INSUFFICIENT_SCOPE


async def test_userinfo_takes_a_token_for_another_of_our_audiences(story: Story, clients: Clients) -> None:
    clients.edit("shop", lambda client: replace(client, resources=("https://api.example",)))
    answer = await story.exchange(story.code(resource="https://api.example"))

    assert claims_of(answer.body["access_token"])["aud"] == "https://api.example"
    assert await story.is_told(answer)


async def test_a_resource_that_was_not_granted_is_refused_and_spends_nothing(story: Story) -> None:
    code = story.code()

    wrong = await story.exchange(code, changes={"resource": "https://api.example"})

    assert wrong.body["error"] == "invalid_target"
    assert (await story.exchange(code)).status == 200


async def test_a_refresh_carries_the_new_verdict(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.hook.verdict = replace(VERDICT, season=replace(VERDICT.season, label="2027-2028"))

    refreshed = await story.refresh(answer.body["refresh_token"])

    assert claims_of(refreshed.body["access_token"])["membership"]["season"]["label"] == "2027-2028"


async def test_a_person_who_left_the_mailbox_ends_the_family(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.hook.verdict = replace(VERDICT, persons=(replace(HUGO, id="P2"),))

    refused = await story.refresh(answer.body["refresh_token"])
    story.hook.verdict = VERDICT

    assert refused.body["error"] == "invalid_grant"
    assert (await story.refresh(answer.body["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_code_that_now_names_another_association_is_no_way_in(story: Story) -> None:
    code = story.code()
    story.hook.verdict = replace(VERDICT, association=replace(CLUB, id="a-other"))

    assert (await story.exchange(code)).body["error"] == "invalid_grant"


async def test_an_application_closed_to_the_association_gets_nothing_more(story: Story, clients: Clients) -> None:
    answer = await story.exchange(story.code())
    clients.edit("shop", lambda client: replace(client, only_associations=("75013",)))

    assert (await story.refresh(answer.body["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_grace_lets_a_lost_answer_be_asked_for_again(story: Story, clients: Clients) -> None:
    clients.edit("shop", lambda client: replace(client, refresh_grace_seconds=30))
    first = (await story.exchange(story.code())).body["refresh_token"]
    lost = await story.refresh(first)
    story.clock.advance(seconds=29)

    again = await story.refresh(first)

    assert again.status == 200
    assert again.body["refresh_token"] != lost.body["refresh_token"]


async def test_a_grace_ends_and_is_not_begun_anew_by_use(story: Story, clients: Clients) -> None:
    clients.edit("shop", lambda client: replace(client, refresh_grace_seconds=30))
    first = (await story.exchange(story.code())).body["refresh_token"]
    await story.refresh(first)
    story.clock.advance(seconds=20)
    await story.refresh(first)
    story.clock.advance(seconds=20)

    assert (await story.refresh(first)).body["error"] == "invalid_grant"


async def test_a_used_token_is_used_although_another_replicas_clock_is_ahead(story: Story) -> None:
    story.clock.advance(seconds=30)
    first = (await story.exchange(story.code())).body["refresh_token"]
    await story.refresh(first)
    story.clock.advance(seconds=-30)

    assert (await story.refresh(first)).body["error"] == "invalid_grant"


async def test_a_public_client_refreshes_without_a_secret_and_rotates(story: Story, clients: Clients) -> None:
    phone = ClientFacts("phone", "Mobile", auth_method=AuthMethod.NONE, redirect_uris=("fr.club.app:/cb",))
    story.shop = registered(clients, phone)
    changes = {"redirect_uri": "fr.club.app:/cb"}
    token = (await story.exchange(story.code(**changes), changes=changes)).body["refresh_token"]

    refreshed = await story.refresh(token)

    assert refreshed.status == 200
    assert (await story.refresh(token)).body["error"] == "invalid_grant"
