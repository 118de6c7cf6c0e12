"""The counters in the database: counted before, given back after, one account under every spelling."""

import anyio
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from idp.audit.tables import AuditEvent
from idp.settings import Settings, Throttle as Numbers
from idp.store import Store
from idp.store.secrets import Kind, SecretMint, TokenHash
from idp.store.sweeps import Sweep
from idp.store.tables import table_of
from idp.throttle.gate import Admitted, Throttled, Ticket, Try
from idp.throttle.known_browsers import Renewal
from idp.throttle.rules import NeedsKnownBrowser, NeedsReset, Wait
from idp.throttle.service import Throttle
from idp.throttle.tables import KnownBrowser, ThrottleCounter
from tests.factories import Club
from tests.fakes import FixedClock
from tests.security.records import failing_at

HUGO = "hugo@exemple.fr"
COUNTERS = table_of(ThrottleCounter)


def of_hugo(source: str = "192.0.2.1", known: TokenHash | None = None, association: str = "75012") -> Try:
    return Try(association, HUGO, source, known)


def from_everywhere(number: int) -> str:
    """An address that shares no range with another."""
    return f"10.{number // 250}.{number % 250}.1"


async def ticket_of(throttle: Throttle, tried: Try) -> Ticket:
    admission = await throttle.admit(tried)
    assert isinstance(admission, Admitted), admission
    return admission.ticket


async def failures(throttle: Throttle, tries: list[Try]) -> list[object]:
    """What each of these tries meets, none of them right."""
    admissions = [await throttle.admit(tried) for tried in tries]
    return [one.obstacle if isinstance(one, Throttled) else None for one in admissions]


async def fail_from_everywhere(throttle: Throttle, clock: FixedClock, times: int, first: int = 0) -> None:
    """Fail on one account from so many sources, the way the day allows: 25, then the next day."""
    for number in range(first, first + times):
        if (number - first) % 25 == 0:
            clock.advance(hours=24)
        await ticket_of(throttle, of_hugo(from_everywhere(number)))


async def succeed(store: Store, throttle: Throttle, tried: Try, mint: SecretMint, secret: str = "kb_1") -> TokenHash:
    """Sign in, and return the hash of the browser's new cookie."""
    ticket, fresh = await ticket_of(throttle, tried), mint.hash(Kind.KNOWN_BROWSER, secret)
    await store.write(lambda tx: throttle.succeed(tx, ticket, fresh))
    return fresh


async def test_the_sixth_try_of_one_source_waits_90_seconds_and_then_twice_as_long(
    throttle: Throttle, clock: FixedClock
) -> None:
    first = await failures(throttle, [of_hugo()] * 6)
    clock.advance(seconds=90)
    second = await failures(throttle, [of_hugo()] * 2)
    other = await failures(throttle, [of_hugo("198.51.100.1")])

    assert first == [None] * 5 + [Wait(90)]
    assert second == [None, Wait(180)]
    assert other == [None]


async def test_a_refused_try_is_not_counted(throttle: Throttle, clock: FixedClock) -> None:
    await failures(throttle, [of_hugo()] * 500)
    clock.advance(seconds=90)

    assert await failures(throttle, [of_hugo()] * 2) == [None, Wait(180)]


@pytest.mark.parametrize("spelling", ["monassociation", "MONASSOCIATION", " ＭonÀssociation ", "75012"])
@pytest.mark.parametrize("address", ["HUGO@exemple.fr", " hugo@Exemple.FR", "ｈｕｇｏ@exemple.fr"])
async def test_every_spelling_is_the_same_account(throttle: Throttle, spelling: str, address: str) -> None:
    await failures(throttle, [of_hugo()] * 5)

    assert await failures(throttle, [Try(spelling, address, "192.0.2.1")]) == [Wait(90)]


async def test_a_username_is_the_account_it_turned_out_to_be(throttle: Throttle, club: Club) -> None:
    await failures(throttle, [of_hugo()] * 4)
    by_name = Try("75012", "hugo.martin", "192.0.2.1")

    first = await throttle.confirm(await ticket_of(throttle, by_name), club.id, HUGO)
    second = await throttle.confirm(Ticket(by_name, "typed"), club.id, HUGO)

    assert isinstance(first, Admitted)
    assert second == Throttled(Wait(90))
    assert await failures(throttle, [by_name, of_hugo()]) == [Wait(90), Wait(90)]


async def test_an_account_of_a_membership_service_has_one_key_for_code_and_alias(throttle: Throttle) -> None:
    by_code, by_alias = Try("69001", HUGO, "192.0.2.1"), Try("Ailleurs", HUGO, "192.0.2.1")
    for tried in (by_code, by_alias):
        await throttle.confirm(await ticket_of(throttle, tried), "a-69001", HUGO)

    await failures(throttle, [by_code, by_alias, by_code])

    assert await failures(throttle, [by_code, by_alias]) == [Wait(90), Wait(90)]


async def test_success_takes_every_count_back(store: Store, throttle: Throttle, mint: SecretMint) -> None:
    await failures(throttle, [of_hugo()] * 4)
    await succeed(store, throttle, of_hugo(), mint)

    assert await failures(throttle, [of_hugo()] * 6) == [None] * 5 + [Wait(90)]


async def test_our_own_503_takes_the_count_back(throttle: Throttle) -> None:
    await failures(throttle, [of_hugo()] * 4)
    for _ in range(20):
        await throttle.give_back(await ticket_of(throttle, of_hugo()))

    assert await failures(throttle, [of_hugo()] * 2) == [None, Wait(90)]


async def test_25_failures_a_day_from_everywhere_are_all(throttle: Throttle, clock: FixedClock) -> None:
    seen = await failures(throttle, [of_hugo(from_everywhere(number)) for number in range(40)])
    clock.advance(hours=24)

    assert seen == [None] * 25 + [NeedsKnownBrowser(24 * 3600)] * 15
    assert await failures(throttle, [of_hugo(from_everywhere(50))]) == [None]


async def test_after_100_in_a_row_only_known_browsers_and_a_reset_are_left(
    store: Store, throttle: Throttle, clock: FixedClock, mint: SecretMint
) -> None:
    known = await succeed(store, throttle, of_hugo("203.0.113.5"), mint)
    await fail_from_everywhere(throttle, clock, 100)
    clock.advance(days=30)

    assert await failures(throttle, [of_hugo("203.0.113.9")]) == [NeedsReset()]
    assert await failures(throttle, [of_hugo("203.0.113.9", known)]) == [None]


async def test_a_success_in_a_known_browser_ends_the_row(
    store: Store, throttle: Throttle, clock: FixedClock, mint: SecretMint
) -> None:
    known = await succeed(store, throttle, of_hugo("203.0.113.5"), mint)
    await fail_from_everywhere(throttle, clock, 100)
    clock.advance(days=2)

    await succeed(store, throttle, of_hugo("203.0.113.5", known), mint, "kb_2")

    assert await failures(throttle, [of_hugo("203.0.113.9")]) == [None]


async def test_a_known_browser_passes_while_strangers_wait(store: Store, throttle: Throttle, mint: SecretMint) -> None:
    known = await succeed(store, throttle, of_hugo(), mint)
    await failures(throttle, [of_hugo(from_everywhere(number)) for number in range(50)])

    assert await failures(throttle, [of_hugo("10.0.0.1", known)]) == [None]


async def test_a_known_browser_counts_for_itself_however_often_its_cookie_is_renewed(
    store: Store, throttle: Throttle, mint: SecretMint
) -> None:
    known = await succeed(store, throttle, of_hugo(), mint)
    await failures(throttle, [of_hugo(known=known)] * 5)

    renewed = await succeed(store, throttle, Try("75012", "nora@exemple.fr", "192.0.2.1", known), mint, "kb_2")

    assert await failures(throttle, [of_hugo(known=renewed)]) == [Wait(90)]
    assert await failures(throttle, [of_hugo(from_everywhere(7))]) == [None]


async def test_a_cookie_that_was_renewed_is_worth_nothing(store: Store, throttle: Throttle, mint: SecretMint) -> None:
    planted = await succeed(store, throttle, of_hugo(), mint)
    await succeed(store, throttle, Try("75012", "nora@exemple.fr", "192.0.2.1", planted), mint, "kb_2")
    await failures(throttle, [of_hugo(from_everywhere(number)) for number in range(25)])

    assert await failures(throttle, [of_hugo("10.0.0.1", planted)]) == [NeedsKnownBrowser(24 * 3600)]


async def test_a_browser_is_known_for_180_days(
    store: Store, throttle: Throttle, mint: SecretMint, clock: FixedClock
) -> None:
    known = await succeed(store, throttle, of_hugo(), mint)
    clock.advance(days=180)
    await failures(throttle, [of_hugo(from_everywhere(number)) for number in range(25)])

    assert await failures(throttle, [of_hugo("10.0.0.1", known)]) == [NeedsKnownBrowser(24 * 3600)]


async def test_a_mailed_reset_pardons_the_account_and_knows_its_browser_alone(
    store: Store, throttle: Throttle, club: Club, mint: SecretMint, clock: FixedClock
) -> None:
    old = await succeed(store, throttle, of_hugo(), mint)
    await fail_from_everywhere(throttle, clock, 100)
    fresh = mint.hash(Kind.KNOWN_BROWSER, "kb_2")

    await store.write(lambda tx: throttle.pardon(tx, club.id, HUGO, Renewal(None, fresh)))

    assert store.read_blocking(lambda tx: tx.execute(select(table_of(KnownBrowser).c.secret_hash)).scalars().all()) == [
        fresh
    ]
    assert await failures(throttle, [of_hugo("203.0.113.1", fresh), of_hugo("203.0.113.2", old)]) == [None, None]


@pytest.mark.parametrize(
    ("sources", "through"),
    [
        (["192.0.2.1"] * 40, 30),
        (["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:3::3", "2001:db8:1:2:ffff::1"] * 10, 30),
        ([f"192.0.2.{number}" for number in range(160)], 150),
        ([f"2001:db8:7:{number:x}::1" for number in range(160)], 150),
    ],
    ids=["one address", "one /64", "one /24", "one /48"],
)
async def test_a_source_that_fails_often_is_slowed(throttle: Throttle, sources: list[str], through: int) -> None:
    tries = [Try("75012", f"p{number % 9}@exemple.fr", source) for number, source in enumerate(sources)]

    seen = await failures(throttle, tries)

    assert seen.count(None) == through
    assert all(isinstance(obstacle, Wait) and obstacle.seconds <= 90 for obstacle in seen if obstacle)


async def test_one_password_on_500_accounts_is_slowed_after_ten(throttle: Throttle, clock: FixedClock) -> None:
    tries = [Try("75012", f"p{number}@exemple.fr", "192.0.2.1") for number in range(500)]

    seen = await failures(throttle, tries)
    clock.advance(seconds=60)

    assert seen == [None] * 10 + [Wait(60)] * 490
    assert await failures(throttle, tries[10:12]) == [None, Wait(60)]


async def test_a_source_with_mostly_successes_is_never_slowed(
    store: Store, throttle: Throttle, mint: SecretMint
) -> None:
    seen: list[object] = []
    for number in range(60):
        await succeed(store, throttle, Try("75012", f"good{number}@exemple.fr", "192.0.2.1"), mint, f"kb_{number}")
        seen += await failures(throttle, [Try("75012", f"bad{number}@exemple.fr", "192.0.2.1")])

    assert seen == [None] * 60


async def test_one_account_s_successes_speak_for_its_source_once_an_hour(
    store: Store, throttle: Throttle, mint: SecretMint
) -> None:
    own = Try("75012", "own@exemple.fr", "192.0.2.1")
    seen: list[object] = []
    for number in range(10):
        await succeed(store, throttle, own, mint, f"kb_{number}")
        seen += await failures(throttle, [Try("75012", f"p{number}@exemple.fr", "192.0.2.1")])

    assert seen == [None] * 10
    assert await failures(throttle, [Try("75012", "p99@exemple.fr", "192.0.2.1")]) == [Wait(60)]


async def test_an_association_under_attack_sounds_an_alarm_once_and_slows_strangers_alone(
    store: Store, mint: SecretMint, clock: FixedClock
) -> None:
    throttle = Throttle(store, mint, clock, Settings(throttle=Numbers(association_failures_an_hour=50)))
    known = await succeed(store, throttle, of_hugo("203.0.113.5"), mint)
    await failures(throttle, [Try("75012", f"p{number}@exemple.fr", from_everywhere(number)) for number in range(60)])

    seen = await failures(throttle, [Try("75012", f"q{number}@exemple.fr", "198.51.100.1") for number in range(2)])

    assert seen == [None, Wait(90)]
    assert await failures(throttle, [of_hugo("198.51.100.1", known)]) == [None]
    assert store.read_blocking(lambda tx: tx.execute(select(table_of(AuditEvent).c.name)).scalars().all()) == [
        "throttle.alarm"
    ]


async def test_tries_at_once_never_exceed_the_bound(throttle: Throttle) -> None:
    admitted: list[Admitted] = []

    async def attempt() -> None:
        admission = await throttle.admit(of_hugo())
        if isinstance(admission, Admitted):
            admitted.append(admission)

    async with anyio.create_task_group() as tasks:
        for _ in range(60):
            tasks.start_soon(attempt)

    assert len(admitted) == 5


async def test_nothing_may_be_tried_that_could_not_be_counted(store: Store, throttle: Throttle) -> None:
    with failing_at(store, "INSERT", "throttle_counter"), pytest.raises(DBAPIError, match="marker"):
        await throttle.admit(of_hugo())

    assert await failures(throttle, [of_hugo()] * 6) == [None] * 5 + [Wait(90)]


async def test_counters_hold_no_name_and_go_when_they_say_nothing_any_more(
    store: Store, throttle: Throttle, clock: FixedClock
) -> None:
    await failures(throttle, [of_hugo()] * 3)
    rows = store.read_blocking(lambda tx: tx.execute(select(COUNTERS)).all())
    clock.advance(days=401)

    swept = store.write_blocking(lambda tx: Sweep(COUNTERS, "expires_at").run(tx, clock.now()))

    assert "hugo" not in repr(rows)
    assert "192.0.2" not in repr(rows)
    assert swept == len(rows)
    assert store.read_blocking(lambda tx: tx.execute(select(func.count()).select_from(COUNTERS)).scalar_one()) == 0


def test_an_address_gets_three_links_an_hour_and_six_a_day(store: Store, throttle: Throttle, clock: FixedClock) -> None:
    def ask() -> list[bool]:
        return [store.write_blocking(lambda tx: throttle.admits_mail(tx, HUGO.upper(), is_real=True)) for _ in range(4)]

    first = ask()
    clock.advance(hours=1)
    second = ask()
    clock.advance(hours=1)
    third = ask()
    clock.advance(hours=22)

    assert (first, second, third) == ([True] * 3 + [False], [True] * 3 + [False], [False] * 4)
    assert ask() == [True, True, True, False]


def test_misses_are_told_ten_times_an_hour_to_a_source_and_then_to_nobody_there(
    store: Store, throttle: Throttle, clock: FixedClock
) -> None:
    told = [store.write_blocking(lambda tx: throttle.may_tell(tx, of_hugo(), missed=True)) for _ in range(12)]
    hit = store.write_blocking(lambda tx: throttle.may_tell(tx, of_hugo(), missed=False))
    elsewhere = store.write_blocking(lambda tx: throttle.may_tell(tx, of_hugo("198.51.100.1"), missed=False))
    clock.advance(hours=1)

    assert told == [True] * 10 + [False] * 2
    assert (hit, elsewhere) == (False, True)
    assert store.write_blocking(lambda tx: throttle.may_tell(tx, of_hugo(), missed=True))


def test_misses_are_told_a_hundred_times_an_hour_to_an_association(store: Store, throttle: Throttle) -> None:
    told = [
        store.write_blocking(lambda tx, n=number: throttle.may_tell(tx, of_hugo(from_everywhere(n)), missed=True))  # type: ignore[misc]  # a default binds the loop
        for number in range(105)
    ]

    assert told.count(True) == 100


def test_hits_are_no_misses(store: Store, throttle: Throttle) -> None:
    told = [store.write_blocking(lambda tx: throttle.may_tell(tx, of_hugo(), missed=False)) for _ in range(20)]

    assert all(told)
