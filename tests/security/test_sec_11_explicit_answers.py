"""SEC-11: the explicit sentence helps who mistypes, and tells no list of addresses which of them are members."""

from httpx2 import Response

from tests.factories import make_club
from tests.security.guessing import address_number
from tests.security.place import (
    BANNED,
    CLUB,
    DISABLED,
    FORMER,
    HUGO,
    LEA,
    NORA,
    PASSWORD,
    UNKNOWN,
    Place,
    Visitor,
    counted,
    masked,
)

S34 = "n’est lié à aucun compte utilisateur valide. Merci de contacter votre administrateur."
S39 = "Les informations d’authentification fournies sont erronées. Merci de réessayer."


def misses(visitor: Visitor, times: int, association: str = CLUB) -> list[Response]:
    return [visitor.ask_link(f"x{number}@exemple.fr", association) for number in range(times)]


def explicit(answers: list[Response]) -> int:
    return sum(S34 in answer.text for answer in answers)


def test_sec11_a_member_who_mistypes_reads_one_sentence_for_every_cause(guarded_place: Place) -> None:
    visitor = guarded_place.visitor()

    answers = [visitor.ask_link(address) for address in (UNKNOWN, BANNED, DISABLED, FORMER)]
    unknown_club = visitor.ask_link(HUGO, "Inconnue")

    assert explicit([*answers, unknown_club]) == 5
    assert "notice=mail_sent" in visitor.ask_link(HUGO).headers["location"]


def test_sec11_a_list_of_addresses_from_one_source_is_told_ten_times_an_hour(guarded_place: Place) -> None:
    visitor = guarded_place.worker.visitor("192.0.2.7")

    answers = misses(visitor, counted(15, 1000))
    guarded_place.clock.advance(hours=1)

    assert explicit(answers) == explicit(answers[:10]) == 10
    assert explicit(misses(visitor, 11)) == 10


def test_sec11_past_the_bound_hit_and_miss_answer_alike(guarded_place: Place) -> None:
    visitor = guarded_place.worker.visitor("192.0.2.7")
    misses(visitor, 10)

    miss, hit = visitor.ask_link(UNKNOWN), visitor.ask_link(HUGO)

    assert (miss.status_code, masked(miss)) == (hit.status_code, masked(hit))
    assert miss.headers["location"] == hit.headers["location"] == "/Login/MonAssociation?notice=maybe_sent"
    assert sorted(miss.headers) == sorted(hit.headers)
    assert len(guarded_place.worker.letters_to(HUGO)) == 1


def test_sec11_other_associations_and_fresh_cookies_give_a_source_no_more(guarded_place: Place) -> None:
    clubs = [f"Club{number}" for number in range(20)]
    for number, name in enumerate(clubs):
        guarded_place.worker.services.store.write_blocking(
            lambda tx, code=str(80000 + number), name=name: make_club(tx, code, name)  # type: ignore[misc]  # a default binds the loop
        )

    answers = [guarded_place.worker.visitor("192.0.2.7").ask_link(UNKNOWN, name) for name in clubs]

    assert explicit(answers) == 10


def test_sec11_an_association_s_visitors_are_told_a_hundred_times_an_hour(guarded_place: Place) -> None:
    answers = [
        answer for number in range(12) for answer in misses(guarded_place.worker.visitor(address_number(number)), 9)
    ]
    late = guarded_place.worker.visitor("203.0.113.9").ask_link(UNKNOWN)

    assert explicit(answers) == 100
    assert "notice=maybe_sent" in late.headers["location"]


def test_sec11_a_source_with_mostly_successes_goes_on_being_told(guarded_place: Place) -> None:
    for number in range(10):
        guarded_place.worker.visitor("192.0.2.7").ask_link(f"x{number}@exemple.fr")
    shut = guarded_place.worker.visitor("192.0.2.7").ask_link(UNKNOWN)
    guarded_place.worker.visitor("192.0.2.7").sign_in(NORA)

    told = guarded_place.worker.visitor("192.0.2.7").ask_link(UNKNOWN)

    assert (S34 in shut.text, S34 in told.text) == (False, True)


def test_sec11_a_known_browser_has_a_bound_of_its_own_that_new_cookies_don_t_widen(guarded_place: Place) -> None:
    misses(guarded_place.worker.visitor("192.0.2.7"), 10)
    known = guarded_place.worker.visitor("192.0.2.7")
    known.sign_in(HUGO)
    answers = misses(known, 11)
    again = guarded_place.worker.visitor("192.0.2.7")
    again.sign_in(HUGO)

    assert explicit(answers) == 10
    assert explicit(misses(again, 3)) == 0


def test_sec11_sign_in_always_says_the_same_whatever_the_cause(guarded_place: Place) -> None:
    visitors = [guarded_place.worker.visitor(address_number(number)) for number in range(6)]

    answers = [
        visitor.sign_in(address, password)
        for visitor, (address, password) in zip(
            visitors,
            [
                (HUGO, "faux"),
                (UNKNOWN, PASSWORD),
                (BANNED, PASSWORD),
                (DISABLED, PASSWORD),
                (FORMER, PASSWORD),
                (LEA, PASSWORD),
            ],
            strict=True,
        )
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert all(S39 in answer.text for answer in answers)
