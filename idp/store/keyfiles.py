"""The three key files: `kek` seals, `pepper` salts passwords from outside the database, `hmac` hashes secrets.

Each line of a file is one key (32 bytes, base64url): the first is in use, the others are still accepted, so that `kek`
and `pepper` are rotated by writing a new first line. Files that others can read stop the start.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path

from idp.entropy import Entropy
from idp.errors import SettingsError

NAMES = ("kek", "pepper", "hmac")
KEY_BYTES = 32
SAMPLES = frozenset({b"0123456789abcdef" * 2, b"0123456789abcdef0123456789ABCDEF", bytes(range(KEY_BYTES))})
"""Keys that stand in examples and must never guard anything."""
LEAST_DISTINCT_BYTES = 12
"""« changeme » four times over has 7; a random key has fewer than 12 once in 10^24 draws."""


@dataclass(frozen=True, repr=False)
class KeyFiles:
    """What the files held; first the key in use."""

    kek: tuple[bytes, ...]
    pepper: tuple[bytes, ...]
    hmac: tuple[bytes, ...]


def create_key_files(directory: Path, entropy: Entropy) -> None:
    """Make the folder (0700) and its files (0600).

    Raises `SettingsError` where one is there already: a key is never overwritten.
    """
    for name in NAMES:  # all of them first: a refusal leaves nothing behind
        if (directory / name).exists():
            raise SettingsError(f"{directory / name}: exists, and keys are never overwritten")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    for name in NAMES:
        descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(entropy.bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())  # what they seal must not outlive them


def load_key_files(directory: Path) -> KeyFiles:
    """Read the files.

    Raises `SettingsError` for one that is missing, short, a sample, or readable by others (SEC-42).
    """
    _refuse_if_open(directory)
    return KeyFiles(*(_load(directory / name) for name in NAMES))


def _refuse_if_open(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as fault:
        raise SettingsError(f"keys.directory: {path}: {fault.strerror}; `idp init` makes the keys") from None
    if mode & 0o077:
        wanted = "700" if path.is_dir() else "600"
        raise SettingsError(f"keys.directory: {path} can be read by others; run chmod {wanted} {path}")


def _load(path: Path) -> tuple[bytes, ...]:
    _refuse_if_open(path)
    try:
        lines = path.read_text("ascii").split()
        keys = tuple(base64.b64decode(line, altchars=b"-_", validate=True) for line in lines)
    except (OSError, UnicodeDecodeError, binascii.Error):
        raise SettingsError(f"keys.directory: {path}: not a key file; restore it from where keys are kept") from None
    if not keys or not all(_is_sound(key) for key in keys):
        raise SettingsError(f"keys.directory: {path}: a key is missing, shorter than 32 bytes, or a sample")
    return keys


def _is_sound(key: bytes) -> bool:
    return len(key) >= KEY_BYTES and key not in SAMPLES and len(set(key)) >= LEAST_DISTINCT_BYTES
