"""The accounts that the demonstration makes ready, and the one password that they share."""

from dataclasses import dataclass

PASSWORD = "trois chats sur un mur bleu"  # noqa: S105 -- printed at every start: it guards made-up people on loopback


@dataclass(frozen=True)
class Account:
    """Where one signs in, and as whom."""

    association: str
    identifier: str


FIRST = Account("Escrime-Lyon", "camille@exemple.fr")
"""The account that is printed."""
WITH_PASSWORD = (
    FIRST,
    Account("Judo-Brest", "camille@exemple.fr"),
    Account("Escrime-Lyon", "famille.petit@exemple.fr"),
    Account("Escrime-Lyon", "leo.fontaine"),
    Account("Escrime-Lyon", "marc@exemple.fr"),
)
"""All others set theirs by mail."""
