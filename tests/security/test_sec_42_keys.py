"""SEC-42: a fresh installation guards its keys, and a start without sound keys is refused in one line."""

import base64
from pathlib import Path

import pytest

from idp.entropy import SystemEntropy
from idp.store.keyfiles import create_key_files
from tests.security.installation import Installation

SAMPLE = base64.urlsafe_b64encode(b"0123456789abcdef" * 2).decode()


@pytest.fixture
def fresh(tmp_path: Path) -> Installation:
    """What `idp init` has just made, in a process of its own."""
    installation = Installation(tmp_path)
    installation.must("init", ".")
    return installation


def refusal(installation: Installation) -> str:
    """The one line with which the start is refused."""
    ended = installation.run("serve")
    assert ended.returncode == 1, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    return lines[0]


def test_sec42_a_fresh_installation_keeps_its_keys_to_itself(fresh: Installation) -> None:
    keys = fresh.folder / "keys"

    modes = {path.name: path.stat().st_mode & 0o777 for path in keys.iterdir()}

    assert modes == {"kek": 0o600, "pepper": 0o600, "hmac": 0o600}
    assert keys.stat().st_mode & 0o777 == 0o700
    assert len({path.read_text() for path in keys.iterdir()}) == 3
    assert not any(path.read_bytes().strip() in fresh.stored() for path in keys.iterdir())


def test_sec42_keys_that_are_open_missing_or_samples_stop_the_start(fresh: Installation) -> None:
    kek = fresh.folder / "keys" / "kek"
    good = kek.read_text()

    kek.chmod(0o644)
    is_open = refusal(fresh)
    kek.chmod(0o600)
    kek.write_text(SAMPLE)
    sample = refusal(fresh)
    kek.unlink()
    missing = refusal(fresh)
    kek.write_text(good)
    (fresh.folder / "keys").chmod(0o755)
    folder_is_open = refusal(fresh)

    assert "chmod 600" in is_open
    assert "chmod 700" in folder_is_open
    assert "sample" in sample
    assert "idp init" in missing
    assert not any(key in f"{is_open}{sample}{missing}" for key in (good.strip(), SAMPLE))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sec42_another_kek_stops_the_start(fresh: Installation, workers: str) -> None:
    fresh.environment |= {"IDP_SERVER__WORKERS": workers}
    fresh.must("keys", "rotate")
    create_key_files(fresh.folder / "others", SystemEntropy())
    (fresh.folder / "others" / "kek").replace(fresh.folder / "keys" / "kek")

    assert "kek" in refusal(fresh).lower()


def test_sec42_authlibs_insecure_transport_stops_the_start(fresh: Installation) -> None:
    fresh.environment["AUTHLIB_INSECURE_TRANSPORT"] = "1"

    assert "AUTHLIB_INSECURE_TRANSPORT" in refusal(fresh)
