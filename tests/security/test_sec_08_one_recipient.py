"""SEC-08: one scalar identifier; the mail goes to the stored address and to nobody else."""

import pytest

from tests.security.place import CLUB, HUGO, NORA, Place

FORM = {"content-type": "application/x-www-form-urlencoded"}
OTHER = "pirate@ailleurs.example"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (f"identifier={HUGO}&identifier={NORA}", 400),
        (f"identifier={HUGO}&identifier={HUGO}", 400),
        (f"identifier[]={HUGO}&identifier[]={NORA}", 400),
        (f"identifier={HUGO}&identifier[]={OTHER}", 400),
        (f"identifier%5B0%5D={HUGO}&identifier={NORA}", 400),
        (f"identifier={HUGO}%00{OTHER}", 400),
        (f"identifier={HUGO}%0d%0aBcc:{OTHER}", 400),
        (f"identifier={HUGO}%0ABcc:{OTHER}", 400),
        (f"identifier={HUGO},{OTHER}", 200),
        (f"identifier={HUGO};{OTHER}", 200),
        (f"identifier={HUGO} {OTHER}", 200),
        (f"identifier=Hugo <{HUGO}>", 200),
        (f'identifier="{OTHER}" <{HUGO}>', 200),
        (f"identifier={HUGO}%3Cscript%3E", 200),
        (f"identifier=%5B%22{HUGO}%22,%22{OTHER}%22%5D", 200),
        (f"identifier=%E2%80%8B{HUGO}%E2%80%AE", 200),
        (f"email={OTHER}&identifier={NORA}x", 200),
    ],
)
def test_sec08_odd_identifiers_are_refused_or_unknown_and_mail_nobody(
    small_place: Place, fields: str, status: int
) -> None:
    visitor = small_place.visitor()
    body = f"csrf_token={visitor.token('/password/forgot')}&association={CLUB}&{fields}"

    answer = visitor.client.post("/password/forgot", content=body.replace(" ", "+").encode(), headers=FORM)

    assert answer.status_code == status
    assert small_place.worker.letters() == []


@pytest.mark.parametrize(
    "typed", [HUGO.upper(), f" {HUGO} ", f"{HUGO}\r\n", "\uff48\uff55\uff47\uff4f@exemple.fr", f"\t{HUGO}"]
)
def test_sec08_however_it_is_typed_the_mail_goes_to_the_stored_address(small_place: Place, typed: str) -> None:
    small_place.visitor().submit("/password/forgot", association=CLUB, identifier=typed, email=OTHER, to=OTHER)

    assert [letter.to for letter in small_place.worker.letters()] == [HUGO]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", f'{{"association": "{CLUB}", "identifier": ["{HUGO}", "{NORA}"]}}'),
        (
            "multipart/form-data; boundary=x",
            f'--x\r\nContent-Disposition: form-data; name="identifier"\r\n\r\n{HUGO}\r\n--x--',
        ),
        ("text/plain", f"identifier={HUGO}"),
    ],
)
def test_sec08_another_media_type_is_refused(small_place: Place, kind: str, body: str) -> None:
    answer = small_place.visitor().client.post("/password/forgot", content=body, headers={"content-type": kind})

    assert answer.status_code == 415
    assert small_place.worker.letters() == []
