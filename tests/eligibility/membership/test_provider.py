"""The `http` provider: what it asks, when an earlier verdict answers, and what it makes of trouble (SEC-22, SEC-40)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog.testing

from idp.eligibility.epochs import raise_epoch
from idp.eligibility.membership.client import Answer, NoAnswer, Question, Why
from idp.eligibility.membership.provider import MembershipProvider
from idp.eligibility.membership.questions import Questions
from idp.eligibility.provider import Capability, NotOffered
from idp.eligibility.verdict import Eligible, Purpose, Reason, Refusal
from idp.errors import Unavailable
from idp.store import Store
from idp.store.opening import open_store
from tests.databases import SqliteFiles
from tests.eligibility.membership.answers import (
    ELIGIBLE,
    REFUSED,
    PlainSigner,
    ScriptedClient,
    as_bytes,
    changed,
    good,
)
from tests.fakes import FixedClock, SeededEntropy

ISSUER = "https://connexion.clickasso.fr"
AUDIENCE = "https://adhesions.example/idp"
NORA = ("75012", "nora@exemple.fr")
FRESH = (Purpose.LOGIN, Purpose.RESET, Purpose.RESET_FORM)
REMEMBERED = (Purpose.AUTHORIZE, Purpose.CODE, Purpose.REFRESH)


class Story:
    """A provider, and the service whose answers are written down."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.client = ScriptedClient([good()])
        self.signer = PlainSigner()
        self.store = store
        self.clock = clock
        questions = Questions(self.client, self.signer, clock, SeededEntropy(), issuer=ISSUER, audience=AUDIENCE)
        self.provider = MembershipProvider(questions, store, clock)

    def answers(self, *script: Answer | NoAnswer | Callable[[Question], Answer]) -> None:
        self.client.script[:] = script

    async def check(self, purpose: Purpose = Purpose.REFRESH, identifier: str = NORA[1]) -> Any:  # noqa: ANN401 -- a verdict
        return await self.provider.check(NORA[0], identifier, purpose)

    async def why_not(self, identifier: str = NORA[1]) -> str:
        """Ask, get no answer, and return why."""
        with pytest.raises(Unavailable) as caught:
            await self.check(identifier=identifier)
        assert (caught.value.part, caught.value.retry_after_seconds) == ("membership service", 5)
        return str(caught.value)

    async def fail(self, times: int) -> None:
        self.answers(Answer(500))
        for _ in range(times):
            await self.why_not()

    @property
    def asked(self) -> int:
        return len(self.client.asked)

    def change(self, association: str, person: str = "") -> int:
        return self.store.write_blocking(lambda tx: raise_epoch(tx, association, person))


@pytest.fixture
def story(tmp_path: Path, sqlite_files: SqliteFiles, clock: FixedClock) -> Iterator[Story]:
    store = open_store(sqlite_files.new_url(tmp_path))
    yield Story(store, clock)
    store.close()


@pytest.fixture
def story_on_both(store: Store, clock: FixedClock) -> Story:
    """For what the database decides."""
    return Story(store, clock)


async def test_the_question_is_posted_as_typed(story: Story) -> None:
    await story.provider.check("MonAssociation", "Nora@Exemple.FR", Purpose.LOGIN)

    (question,) = story.client.asked
    assert (question.method, question.path) == ("POST", "/check")
    assert orjson.loads(question.body) == {
        "association": "MonAssociation",
        "identifier": "Nora@Exemple.FR",
        "purpose": "login",
    }


async def test_the_question_is_signed_for_its_service_for_a_minute(story: Story, clock: FixedClock) -> None:
    await story.check()
    await story.check(Purpose.LOGIN)

    (claims, algorithm, typ), (other, _, _) = story.signer.signed
    at = int(clock.now().timestamp())
    assert story.client.asked[0].headers == {"authorization": "Bearer token-1"}
    assert (algorithm, typ) == ("ES256", "JWT")
    assert {name: claims[name] for name in ("iss", "aud", "iat", "exp")} == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": at,
        "exp": at + 60,
    }
    assert claims["jti"] != other["jti"]


async def test_a_verdict_carries_the_change_number_read_before_the_question(story_on_both: Story) -> None:
    number = story_on_both.change("a-elsewhere")

    def overtaken(_question: Question) -> Answer:
        story_on_both.change("a-75012")
        return good()

    story_on_both.answers(overtaken)

    assert (await story_on_both.check()).as_of == number


async def test_a_refusal_is_returned(story: Story) -> None:
    story.answers(good(REFUSED))

    assert await story.check() == Refusal(Reason.PAST_SEASON)


# Earlier verdicts.


@pytest.mark.parametrize("purpose", REMEMBERED)
async def test_an_earlier_verdict_answers_where_nobody_types(story: Story, purpose: Purpose) -> None:
    await story.check(Purpose.LOGIN)
    verdict = await story.check(purpose)

    assert story.asked == 1
    assert isinstance(verdict, Eligible)


@pytest.mark.parametrize("purpose", FRESH)
async def test_who_signs_in_or_wants_a_link_is_always_asked_about(story: Story, purpose: Purpose) -> None:
    await story.check(purpose)
    await story.check(purpose)

    assert story.asked == 2


async def test_other_spellings_of_the_same_names_find_the_same_verdict(story: Story) -> None:
    await story.provider.check("MonAssociation", "Nora@Exemple.FR", Purpose.LOGIN)
    await story.provider.check("monassociation", "nora@exemple.fr", Purpose.CODE)

    assert story.asked == 1


async def test_a_verdict_is_asked_for_anew_when_its_age_is_reached(story: Story, clock: FixedClock) -> None:
    await story.check()
    clock.advance(seconds=30)
    await story.check()

    assert story.asked == 2


async def test_no_verdict_lasts_longer_than_a_minute(story: Story, clock: FixedClock) -> None:
    story.answers(good(changed("max_age", 86_400)))
    await story.check()
    clock.advance(seconds=60)
    await story.check()

    assert story.asked == 2


async def test_a_verdict_without_an_age_is_used_once(story: Story) -> None:
    story.answers(good(changed("max_age", None)))
    await story.check()
    await story.check()

    assert story.asked == 2


@pytest.mark.parametrize("person", ["", "P1"], ids=["association", "person"])
async def test_a_change_of_association_or_person_makes_the_next_use_ask(story_on_both: Story, person: str) -> None:
    await story_on_both.check()
    number = story_on_both.change("a-75012", person)
    verdict = await story_on_both.check()

    assert (story_on_both.asked, verdict.as_of) == (2, number)


async def test_a_change_elsewhere_leaves_the_verdict_in_use(story_on_both: Story) -> None:
    await story_on_both.check()
    story_on_both.change("a-75012", "P2")
    story_on_both.change("a-69003")
    await story_on_both.check()

    assert story_on_both.asked == 1


async def test_a_change_while_the_service_answers_makes_the_next_use_ask(story_on_both: Story) -> None:
    def overtaken(_question: Question) -> Answer:
        story_on_both.change("a-75012", "P1")
        return good()

    story_on_both.answers(overtaken, good())
    await story_on_both.check()
    await story_on_both.check()

    assert story_on_both.asked == 2


async def test_a_refusal_ends_the_use_of_what_was_answered_before(story: Story) -> None:
    story.answers(good(), good(REFUSED), good(REFUSED))
    await story.check()
    await story.check(Purpose.LOGIN)

    assert await story.check() == Refusal(Reason.PAST_SEASON)


async def test_a_refusal_is_asked_for_anew_each_time(story: Story) -> None:
    story.answers(good(REFUSED), good())
    await story.check()

    assert isinstance(await story.check(), Eligible)


async def test_no_answer_leaves_an_earlier_verdict_in_use(story: Story) -> None:
    story.answers(good(), NoAnswer(Why.LATE))
    await story.check()
    with pytest.raises(Unavailable):
        await story.check(Purpose.LOGIN)

    assert isinstance(await story.check(), Eligible)


# Trouble.


@pytest.mark.parametrize(
    "answer",
    [
        *(NoAnswer(why) for why in Why),
        *(Answer(status) for status in (204, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503)),
        Answer(200, b"<html>"),
        good(changed("eligible", "true")),
        good(changed("association.id", 7)),
        good(changed("persons.0.id", None)),
    ],
    ids=str,
)
async def test_whatever_is_no_sound_verdict_is_no_answer(story: Story, answer: Answer | NoAnswer) -> None:
    story.answers(answer)

    await story.why_not()


async def test_five_failures_in_a_row_spare_the_service(story: Story) -> None:
    await story.fail(5)
    await story.why_not()

    assert story.asked == 5
    assert story.provider.is_spared


@pytest.mark.parametrize(
    "failure",
    [NoAnswer(Why.REFUSED), NoAnswer(Why.LATE), NoAnswer(Why.TOO_LONG), Answer(503), Answer(302), Answer(200, b"{")],
    ids=str,
)
async def test_every_failure_of_the_service_counts(story: Story, failure: Answer | NoAnswer) -> None:
    await story.fail(4)
    story.answers(failure)
    await story.why_not()

    assert story.provider.is_spared


@pytest.mark.parametrize("answer", [Answer(404), Answer(400), Answer(401), NoAnswer(Why.CROWDED)], ids=str)
async def test_what_says_nothing_of_its_health_neither_counts_nor_pardons(
    story: Story, answer: Answer | NoAnswer
) -> None:
    await story.fail(4)
    story.answers(answer)
    await story.why_not()
    closed = not story.provider.is_spared
    await story.fail(1)

    assert closed
    assert story.provider.is_spared


async def test_after_five_seconds_one_good_answer_lets_everybody_through_again(story: Story, clock: FixedClock) -> None:
    await story.fail(5)
    story.answers(good())
    clock.advance(seconds=5)
    await story.check(Purpose.LOGIN)
    await story.check(Purpose.LOGIN)

    assert story.asked == 7


async def test_while_the_probe_is_out_nobody_else_is_asked_about(story: Story, clock: FixedClock) -> None:
    await story.fail(5)
    clock.advance(seconds=5)
    await story.why_not()
    await story.why_not()

    assert story.asked == 6


async def test_an_earlier_verdict_answers_while_the_service_is_spared(story: Story) -> None:
    story.answers(good())
    await story.check()
    story.answers(Answer(500))
    for number in range(5):
        await story.why_not(f"member-{number}@exemple.fr")

    assert isinstance(await story.check(), Eligible)


@pytest.mark.parametrize(
    ("association", "identifier", "reason"),
    [
        ("", "nora@exemple.fr", Reason.UNKNOWN_ASSOCIATION),
        ("\ud800", "nora@exemple.fr", Reason.UNKNOWN_ASSOCIATION),
        ("75012", "", Reason.UNKNOWN_IDENTIFIER),
        ("75012", "nora\0@exemple.fr", Reason.UNKNOWN_IDENTIFIER),
        ("75012", "\udfff", Reason.UNKNOWN_IDENTIFIER),
        ("75012", "n" * 300, Reason.UNKNOWN_IDENTIFIER),
    ],
    ids=ascii,
)
async def test_what_nobody_can_be_called_does_not_reach_the_service(
    story: Story, association: str, identifier: str, reason: Reason
) -> None:
    verdict = await story.provider.check(association, identifier, Purpose.LOGIN)

    assert (verdict, story.asked) == (Refusal(reason), 0)


async def test_while_nobody_gets_an_answer_nonsense_gets_none_either(story: Story) -> None:
    await story.fail(1)

    with pytest.raises(Unavailable):
        await story.provider.check("75012", "\0", Purpose.LOGIN)


async def test_the_log_says_why_and_tells_of_nobody(story: Story) -> None:
    story.answers(good(changed("persons.0.birth_date", "born to be secret")))
    with structlog.testing.capture_logs() as lines:
        for _ in range(5):
            await story.why_not()
    told = str(lines)

    assert "persons[0].birth_date" in told
    assert not any(secret in told for secret in ("secret", "nora", "token-", "Petit"))
    assert [line["log_level"] for line in lines] == ["warning"] * 4 + ["error"]


# What the service may offer besides.


async def test_everything_is_taken_to_be_offered_until_the_service_says_no(story: Story) -> None:
    story.answers(Answer(404))
    before = story.provider.capabilities
    with pytest.raises(NotOffered):
        await story.provider.find("nora@exemple.fr")

    assert before == frozenset(Capability)
    assert story.provider.capabilities == {Capability.ASSOCIATIONS, Capability.PEOPLE}


async def test_what_is_not_offered_is_not_asked_for_again_for_five_minutes(story: Story, clock: FixedClock) -> None:
    story.answers(Answer(404))
    for _ in range(2):
        with pytest.raises(NotOffered):
            await story.provider.people("75012")
    asked = story.asked
    clock.advance(minutes=5)

    assert asked == 1
    assert Capability.PEOPLE in story.provider.capabilities


async def test_not_offered_is_neither_a_failure_nor_a_good_answer(story: Story) -> None:
    await story.fail(4)
    story.answers(Answer(404))
    with pytest.raises(NotOffered):
        await story.provider.find("nora@exemple.fr")
    closed = not story.provider.is_spared
    await story.fail(1)

    assert closed
    assert story.provider.is_spared


async def test_associations_are_found_by_code_or_alias(story: Story) -> None:
    story.answers(good(ELIGIBLE["association"]))

    found = await story.provider.association("Mon asso/75?#")

    assert found is not None
    assert found.id == "a-75012"
    assert story.client.asked[0].path == "/associations/Mon%20asso%2F75%3F%23"
    assert story.client.asked[0].body == b""


@pytest.mark.parametrize("text", ["", "..", ".", "--"])
async def test_what_can_be_no_code_is_not_asked_for(story: Story, text: str) -> None:
    assert await story.provider.association(text) is None
    assert story.asked == 0


async def test_an_unknown_association_is_none(story: Story) -> None:
    story.answers(Answer(200, b"null"), Answer(404))

    assert await story.provider.association("99999") is None
    assert await story.provider.association("88888") is None  # it offers them: 404 now means unknown


async def test_associations_are_found_by_email(story: Story) -> None:
    story.answers(good({"associations": [ELIGIBLE["association"]]}))

    (found,) = await story.provider.find("nora@exemple.fr")

    assert found.code == "75012"
    assert orjson.loads(story.client.asked[0].body) == {"email": "nora@exemple.fr"}


async def test_people_are_listed_page_by_page(story: Story) -> None:
    story.answers(good({"persons": ELIGIBLE["persons"], "next_after": "P1"}))

    page = await story.provider.people("75012", after="A&B", limit=9_999)

    assert page is not None
    assert page.next_after == "P1"
    assert story.client.asked[0].path == "/people?association=75012&after=A%26B&limit=500"


async def test_a_malformed_list_is_no_answer(story: Story) -> None:
    story.answers(Answer(200, as_bytes({"persons": [{"id": 1}]})))

    with pytest.raises(Unavailable):
        await story.provider.people("75012")
