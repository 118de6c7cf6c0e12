"""Associations: one namespace of codes and aliases, retired names that go on leading, values that are checked."""

import threading
from collections.abc import Callable

import pytest

from idp.associations.holding import UnknownAssociation
from idp.associations.rules import Field, NameKind, Unfit, canonical_name
from idp.associations.service import Associations, Described, Description, NameTaken
from idp.associations.store import find_association
from idp.audit.tables import AuditEvent
from idp.eligibility.epochs import current_change, is_stale
from idp.store import Store
from idp.store.tables import table_of
from tests.fakes import FixedClock, SeededEntropy

PARIS = Description(code="75012", aliases=("MonAssociation",), name="Mon association")


@pytest.fixture
def associations(store: Store, clock: FixedClock, entropy: SeededEntropy) -> Associations:
    return Associations(store, clock, entropy)


@pytest.fixture
def find(store: Store) -> Callable[[str], str | None]:
    """The code of the association that a text leads to."""

    def ask(text: str) -> str | None:
        found = store.read_blocking(lambda tx: find_association(tx, text))
        return found.code if found else None

    return ask


def described(outcome: object) -> Described:
    assert isinstance(outcome, Described), outcome
    return outcome


@pytest.mark.parametrize(
    "spelling",
    [
        "75012",
        "MonAssociation",
        "monassociation",
        "  MONASSOCIATION ",
        "-MonAssociation–",
        "Mónassociatiön",
        "ＭonAssociation",
    ],
)
def test_any_spelling_of_code_or_alias_leads_to_the_association(
    associations: Associations, find: Callable[[str], str | None], spelling: str
) -> None:
    associations.add(PARIS)

    assert find(spelling) == "75012"


@pytest.mark.parametrize("other", ["Mon Association", "Mon-Association", "75 012", "", "-", "\x00", "\ud800"])
def test_another_name_leads_nowhere(associations: Associations, find: Callable[[str], str | None], other: str) -> None:
    associations.add(PARIS)

    assert find(other) is None


@pytest.mark.parametrize("taken", ["75012", "monassociation", " ＭＯＮassociation"])
def test_a_name_that_looks_like_one_in_use_is_refused(associations: Associations, taken: str) -> None:
    associations.add(PARIS)

    assert associations.add(Description(code="69003", aliases=(taken,))) == NameTaken(taken.strip(), "75012")
    assert [record.public.code for record in associations.list()] == ["75012"]


def test_a_code_that_is_also_the_alias_is_refused(associations: Associations) -> None:
    assert isinstance(associations.add(Description(code="Lyon", aliases=("LYON",))), NameTaken)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Description(code=""), Field.CODE),
        (Description(code=" - "), Field.CODE),
        (Description(code="a/b"), Field.CODE),
        (Description(code="a" * 65), Field.CODE),
        (Description(code="69003", aliases=("x\ny",)), Field.ALIAS),
        (Description(code="69003", name="Ligne\u2028Ligne"), Field.NAME),
        (Description(code="69003", contact="x\r\nBcc: y"), Field.CONTACT),
        (Description(code="69003", timezone="Europe/Nulle-Part"), Field.TIMEZONE),
        (Description(code="69003", timezone="../../etc/passwd"), Field.TIMEZONE),
        (Description(code="69003", disclosure="loud"), Field.DISCLOSURE),
        (Description(code="69003", grace_days=-1), Field.GRACE_DAYS),
    ],
)
def test_values_that_can_not_be_are_refused(associations: Associations, wanted: Description, field: Field) -> None:
    outcome = associations.add(wanted)

    assert isinstance(outcome, Unfit)
    assert outcome.field is field
    assert associations.list() == []


def test_a_retired_alias_goes_on_leading_to_the_association(
    associations: Associations, find: Callable[[str], str | None]
) -> None:
    associations.add(PARIS)

    edited = described(associations.edit("monassociation", Description(aliases=("Nouveau",))))

    assert edited.association.public.alias == "Nouveau"
    assert {name.label: name.kind for name in edited.names} == {
        "75012": NameKind.CODE,
        "Nouveau": NameKind.ALIAS,
        "MonAssociation": NameKind.RETIRED,
    }
    assert (find("monassociation"), find("nouveau")) == ("75012", "75012")


def test_a_retired_alias_can_come_back_but_not_go_to_another(associations: Associations) -> None:
    associations.add(PARIS)
    associations.edit("75012", Description(aliases=("Nouveau",)))

    assert associations.add(Description(code="69003", aliases=("MonAssociation",))) == NameTaken(
        "MonAssociation", "75012"
    )
    assert described(associations.edit("75012", PARIS)).association.public.alias == "MonAssociation"


def test_an_old_code_goes_on_leading_to_the_association(
    associations: Associations, find: Callable[[str], str | None]
) -> None:
    associations.add(PARIS)

    associations.edit("75012", Description(code="75013"))

    assert find("75012") == find("75013") == "75013"


def test_an_edit_changes_what_is_said_and_nothing_else(associations: Associations) -> None:
    associations.add(Description(code="75012", aliases=("A", "B"), name="Nom", contact="c@exemple.fr", grace_days=3))

    edited = described(associations.edit("75012", Description(contact="", disclosure="discreet")))

    public = edited.association.public
    assert (public.code, public.alias, public.name, public.contact, public.disclosure) == (
        "75012",
        "A",
        "Nom",
        None,
        "discreet",
    )
    assert edited.association.grace_days == 3


def test_an_edit_makes_earlier_verdicts_stale_and_one_that_changes_nothing_does_not(
    store: Store, associations: Associations
) -> None:
    made = described(associations.add(PARIS)).association
    before = store.read_blocking(current_change)

    assert not described(associations.edit("75012", PARIS)).changed
    assert store.read_blocking(current_change) == before
    associations.edit("75012", Description(grace_days=10))

    assert store.read_blocking(lambda tx: is_stale(tx, made.id, "M1", before))


def test_an_unknown_association_can_not_be_edited(associations: Associations) -> None:
    assert associations.edit("nulle part", Description(name="x")) == UnknownAssociation()


def test_each_change_leaves_its_event(store: Store, associations: Associations) -> None:
    associations.add(PARIS)
    associations.edit("75012", Description(name="Autre"))

    names = store.read_blocking(lambda tx: list(tx.execute(table_of(AuditEvent).select()).mappings()))
    assert [event["name"] for event in names] == ["association.added", "association.edited"]


def test_of_two_that_want_one_name_at_the_same_moment_one_gets_it(associations: Associations) -> None:
    outcomes: list[object] = []
    barrier = threading.Barrier(4)

    def add(code: str) -> None:
        barrier.wait()
        outcomes.append(associations.add(Description(code=code, aliases=("Lyon",))))

    threads = [threading.Thread(target=add, args=(code,)) for code in ("1", "2", "3", "4")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Described", *["NameTaken"] * 3]
    assert len(associations.list()) == 1


def test_associations_are_listed_page_by_page(associations: Associations) -> None:
    for code in ("1", "2", "3"):
        associations.add(Description(code=code))

    assert [record.public.code for record in associations.list(limit=2)] == ["1", "2"]
    assert [record.public.code for record in associations.list("2", 2)] == ["3"]


def test_canonical_names_of_canonical_names_are_themselves() -> None:
    for text in ("ﬁlles", "İstanbul", "Straße", "K", "É–", "ǆ"):
        assert canonical_name(canonical_name(text)) == canonical_name(text)
