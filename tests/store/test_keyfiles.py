"""The three key files: made once, for one's own eyes, and refused when they guard nothing (SEC-42)."""

import base64
from pathlib import Path

import pytest

from idp.errors import SettingsError
from idp.store.keyfiles import NAMES, create_key_files, load_key_files
from tests.fakes import SeededEntropy


@pytest.fixture
def keys(tmp_path: Path, entropy: SeededEntropy) -> Path:
    create_key_files(tmp_path / "keys", entropy)
    return tmp_path / "keys"


def key_line(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode() + "\n"


def test_three_files_are_made_for_ones_own_eyes(keys: Path) -> None:
    assert {path.name: path.stat().st_mode & 0o777 for path in keys.iterdir()} == dict.fromkeys(NAMES, 0o600)
    assert keys.stat().st_mode & 0o777 == 0o700


def test_the_three_keys_are_different_and_long_enough(keys: Path) -> None:
    loaded = load_key_files(keys)

    assert len({loaded.kek[0], loaded.pepper[0], loaded.hmac[0]}) == 3
    assert len(loaded.kek[0]) == 32


def test_keys_do_not_show(keys: Path) -> None:
    loaded = load_key_files(keys)

    assert loaded.kek[0].hex() not in repr(loaded)
    assert repr(loaded.kek[0]) not in repr(loaded)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_never_overwritten_and_a_refusal_leaves_nothing_behind(
    tmp_path: Path, entropy: SeededEntropy, name: str
) -> None:
    (tmp_path / name).write_text("precious")

    with pytest.raises(SettingsError, match="never overwritten"):
        create_key_files(tmp_path, entropy)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "precious"


def test_a_new_first_line_is_used_and_the_old_one_still_accepted(keys: Path) -> None:
    old = load_key_files(keys).pepper[0]
    new = SeededEntropy(b"new").bytes(32)
    (keys / "pepper").write_text(key_line(new) + key_line(old))

    assert load_key_files(keys).pepper == (new, old)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_can_read_stops_the_start_with_the_remedy(keys: Path, mode: int) -> None:
    (keys / "kek").chmod(mode)

    with pytest.raises(SettingsError, match=f"chmod 600 {keys / 'kek'}"):
        load_key_files(keys)


def test_a_folder_that_others_can_read_stops_the_start_with_the_remedy(keys: Path) -> None:
    keys.chmod(0o755)

    with pytest.raises(SettingsError, match=f"chmod 700 {keys}"):
        load_key_files(keys)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_stops_the_start(keys: Path, name: str) -> None:
    (keys / name).unlink()

    with pytest.raises(SettingsError, match=f"{name}: .*idp init"):
        load_key_files(keys)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        key_line(b"short"),
        key_line(SeededEntropy().bytes(31)),
        key_line(bytes(32)),
        key_line(b"changeme" * 4),
        key_line(b"0123456789abcdef" * 2),
        key_line(bytes(range(32))),
        key_line(SeededEntropy().bytes(32)) + key_line(b"short"),
        "not base64!\n",
        "é" * 50,
    ],
)
def test_a_key_that_guards_nothing_stops_the_start(keys: Path, content: str) -> None:
    (keys / "hmac").write_text(content)

    with pytest.raises(SettingsError, match="hmac"):
        load_key_files(keys)
