"""SEC-35: one address has one form however it is typed; mail goes to the stored spelling, never to the typed one."""

import pytest

from idp.accounts.moving import Movers
from idp.eligibility.importing.rows import COLUMNS
from idp.eligibility.importing.service import Imported, MembersImport
from tests.fakes import LetterBox, SeededEntropy
from tests.security.place import CLUB, HUGO, PASSWORD, PUBLIC_URL, Place

SAME = (
    "HUGO@EXEMPLE.FR",
    " hugo@exemple.fr ",
    "ｈｕｇｏ＠ｅｘｅｍｐｌｅ．ｆｒ",
    "hugo@EXEMPLE。fr",
    "𝐡𝐮𝐠𝐨@exemple.fr",
    "hugo@exemple.fr\u00a0",
)
OTHERS = (
    "hugö@exemple.fr",
    "hu\u200bgo@exemple.fr",
    "hugo@exemple.fr\u200d",
    "hugo@еxemple.fr",
    "hugo@exemple.fr.",
    "hugo\u0301@exemple.fr",
    "hugo@xn--exemple-.fr",
    "hugo@exemple.fr,nora@exemple.fr",
    "ĥugo@exemple.fr",
)
CODES = ("ＭｏｎＡｓｓｏｃｉａｔｉｏｎ", "MONASSOCIATION", "monassociation", "7５012", " 75012 ")


def test_sec35_another_spelling_of_an_address_signs_in_and_is_mailed_as_stored(place: Place) -> None:
    signed_in = [place.visitor().sign_in(spelling, PASSWORD).status_code for spelling in SAME]
    asked = [place.visitor().ask_link(spelling).status_code for spelling in SAME]

    assert set(signed_in) == set(asked) == {303}
    assert {letter.to for letter in place.worker.letters()} == {HUGO}


def test_sec35_a_look_alike_is_somebody_else(place: Place) -> None:
    visitor = place.visitor()

    signed_in = [visitor.sign_in(spelling, PASSWORD).status_code for spelling in OTHERS]
    asked = [visitor.ask_link(spelling).status_code for spelling in OTHERS]

    assert set(signed_in) == set(asked) == {200}
    assert place.worker.letters() == []


def test_sec35_another_spelling_of_a_code_is_the_same_association(place: Place) -> None:
    assert {place.visitor().sign_in(HUGO, PASSWORD, code).status_code for code in CODES} == {303}


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Straße@Exemple.fr", "STRASSE@exemple.fr"),
        ("ﬁona@exemple.fr", "FIONA@exemple.fr"),
        ("K\u212aelvin@exemple.fr", "kkelvin@exemple.fr"),
        ("e\u0301lise@exemple.fr", "ÉLISE@exemple.fr"),
        ("Zoé@Bücher.example", "zoé@xn--bcher-kva.example"),
    ],
)
def test_sec35_an_imported_spelling_is_kept_for_mail_and_found_by_every_other(
    place: Place, stored: str, typed: str
) -> None:
    services = place.worker.services
    importer = MembersImport(
        services.store, Movers(LetterBox(), place.clock, PUBLIC_URL), place.clock, SeededEntropy(b"import")
    )
    row = dict.fromkeys(COLUMNS, "") | {
        "association": "75012", "season": "2026-2027", "external_id": "N1", "given_name": "N", "family_name": "N",
        "birth_date": "1990-01-01", "email": stored,
    }  # fmt: skip

    outcome = importer.run("\n".join((",".join(COLUMNS), ",".join(row.values()))).encode(), lambda _done, _all: None)
    asked = place.visitor().ask_link(typed, CLUB)

    assert isinstance(outcome, Imported), outcome
    assert asked.status_code == 303
    assert [letter.to for letter in place.worker.letters()] == [stored]
