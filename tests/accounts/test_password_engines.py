"""The engines: the same bytes from each, a wrong one left out, the quickest chosen."""

import time

import pytest

from idp.accounts.argon2_engine import LOADERS, Costs, Engine, available_engines, fastest, measure
from idp.accounts.password_format import StoredHash, format_hash, parse_hash

STORED = StoredHash(Costs(19_456, 2), "Tm9uIG1v", b"s" * 16, b"t" * 32)
TEXT = format_hash(STORED)


def spinning(name: str, seconds: float) -> Engine:
    def derive(_secret: bytes, _salt: bytes, _costs: Costs) -> bytes:
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass
        return bytes(32)

    return Engine(name, derive)


def broken() -> Engine:
    return Engine("broken", lambda _secret, _salt, _costs: bytes(32))


def missing() -> Engine:
    raise ImportError


@pytest.mark.parametrize("costs", [Costs(64, 1), Costs(19_456, 2)], ids=str)
def test_every_engine_gives_the_same_bytes(costs: Costs) -> None:
    engines = available_engines()

    tags = {engine.derive(b"p" * 32, b"s" * 16, costs) for engine in engines}

    assert len(engines) >= 2
    assert len(tags) == 1


def test_an_engine_that_gives_other_bytes_or_is_missing_is_left_out() -> None:
    names = [engine.name for engine in available_engines([broken, missing, *LOADERS])]

    assert names[0] == "argon2-cffi"
    assert "broken" not in names


def test_the_quickest_engine_is_chosen() -> None:
    assert fastest([spinning("slow", 0.004), spinning("quick", 0.001)]).name == "quick"


def test_the_doctor_can_measure_every_engine() -> None:
    speeds = measure(Costs(1_024, 1), turns=1)

    rates = [speed.hashes_per_cpu_second for speed in speeds]
    assert {"argon2-cffi", "libsodium"} <= {speed.engine for speed in speeds}
    assert rates == sorted(rates, reverse=True)


def test_a_stored_text_is_taken_apart_as_it_was_put_together() -> None:
    assert parse_hash(TEXT) == STORED


def test_salt_and_tag_do_not_show() -> None:
    assert "ssss" not in repr(STORED)
    assert "tttt" not in repr(STORED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT + "\n",
        TEXT + "=",
        TEXT[:-1],
        " " + TEXT,
        TEXT.replace("argon2id", "argon2i"),
        TEXT.replace("v=19", "v=16"),
        TEXT.replace("p=1", "p=4"),
        TEXT.replace(",keyid=Tm9uIG1v", ""),
        TEXT.replace("m=19456", "m=7"),
        TEXT.replace("m=19456", "m=1048577"),
        TEXT.replace("m=19456", "m=١٩٤٥٦"),
        TEXT.replace("t=2", "t=0"),
        TEXT.replace("t=2", "t=21"),
    ],
)
def test_a_text_that_we_cant_have_written_is_no_hash(text: str) -> None:
    assert parse_hash(text) is None
