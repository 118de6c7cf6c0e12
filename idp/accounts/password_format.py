"""The text in which a password's hash is stored: the PHC string of argon2id, its `keyid` naming the pepper.

    $argon2id$v=19$m=19456,t=2,p=1,keyid=Tm9uIG1v$<salt>$<tag>

`keyid` is the string format's own parameter for a keyed hash; without it no pepper was used. Computes nothing.
"""

import base64
import re
from dataclasses import dataclass, field

from idp.accounts.argon2_engine import LEAST_MEMORY_KIB, SALT_BYTES, TAG_BYTES, Costs

MOST_MEMORY_KIB = 1_048_576
MOST_PASSES = 20
"""What `[passwords]` allows at most: a stored text may not ask for more."""

_PHC = re.compile(
    r"\$argon2id\$v=19\$m=(?P<memory>\d{1,7}),t=(?P<passes>\d{1,2}),p=1,keyid=(?P<key_id>[A-Za-z0-9+/]{8})"
    r"\$(?P<salt>[A-Za-z0-9+/]{22})\$(?P<tag>[A-Za-z0-9+/]{43})",
    re.ASCII,
)


@dataclass(frozen=True)
class StoredHash:
    """A stored hash, taken apart."""

    costs: Costs
    key_id: str
    """Which pepper it was made under: 8 characters, no secret."""
    salt: bytes = field(repr=False)
    tag: bytes = field(repr=False)


def format_hash(stored: StoredHash) -> str:
    """Return the text to store."""
    costs = f"m={stored.costs.memory_kib},t={stored.costs.passes},p=1,keyid={stored.key_id}"
    return f"$argon2id$v=19${costs}${_encode(stored.salt)}${_encode(stored.tag)}"


def parse_hash(text: str) -> StoredHash | None:
    """Take a stored text apart; nothing for one that we can't have written."""
    match = _PHC.fullmatch(text)
    if match is None:
        return None
    costs = Costs(int(match["memory"]), int(match["passes"]))
    if not (LEAST_MEMORY_KIB <= costs.memory_kib <= MOST_MEMORY_KIB and 1 <= costs.passes <= MOST_PASSES):
        return None
    return StoredHash(costs, match["key_id"], _decode(match["salt"])[:SALT_BYTES], _decode(match["tag"])[:TAG_BYTES])


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
