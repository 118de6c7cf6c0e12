"""SEC-03, SEC-21: ten at once, one success; a change that comes in between is never overlooked."""

from collections.abc import Awaitable, Callable

import anyio

from idp.eligibility.epochs import raise_epoch
from idp.oauth.server import Answer
from tests.oauth.story import CLUB, Gate, Story


async def ten_at_once(story: Story, work: Callable[[], Awaitable[Answer]]) -> list[Answer]:
    """Ten answers, none of which was begun to be written before all had asked the hook."""
    story.hook.gate = Gate(10)
    answers: list[Answer] = []

    async def one() -> None:
        answers.append(await work())

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(one)
    story.hook.gate = None
    return answers


async def test_ten_exchanges_of_one_code_give_one_success(story: Story) -> None:
    code = story.code()

    answers = await ten_at_once(story, lambda: story.exchange(code))

    assert sorted(answer.status for answer in answers) == [200, *[400] * 9]
    assert {answer.body["error"] for answer in answers if answer.status == 400} == {"invalid_grant"}


async def test_ten_uses_of_one_refresh_token_give_one_success_and_end_the_family(story: Story) -> None:
    token = (await story.exchange(story.code())).body["refresh_token"]

    answers = await ten_at_once(story, lambda: story.refresh(token))

    assert sorted(answer.status for answer in answers) == [200, *[400] * 9]
    winner = next(answer for answer in answers if answer.status == 200)
    assert (await story.refresh(winner.body["refresh_token"])).status == 400
    assert not await story.is_told(winner)


async def test_a_ban_that_overtakes_the_hook_leaves_nothing_behind(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.hook.meanwhile = story.ban

    refused = await story.refresh(answer.body["refresh_token"])

    assert (refused.status, refused.body["error"]) == (400, "invalid_grant")
    assert not await story.is_told(answer)


async def test_a_change_that_harms_nobody_is_asked_about_and_not_noticed(story: Story) -> None:
    answer = await story.exchange(story.code())
    story.hook.meanwhile = lambda: story.store.write_blocking(lambda tx: raise_epoch(tx, CLUB.id))
    before = len(story.hook.asked)

    refreshed = await story.refresh(answer.body["refresh_token"])

    assert refreshed.status == 200
    assert len(story.hook.asked) == before + 2
