"""Decides which counters an attempt must pass: whom it is about, where it comes from, how hard its club is pressed.

Pure, but for the hashing of keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idp.throttle.keys import Keys
from idp.throttle.numbers import TEN_MINUTES, Numbers
from idp.throttle.rules import Barrier, Counter, Gate
from idp.throttle.sources import Source, source_of


@dataclass(frozen=True)
class Gates:
    """Makes gates of keys and numbers."""

    keys: Keys
    numbers: Numbers

    def of_account(self, account: str, source: str | None) -> list[Gate]:
        """An account, from a browser that it doesn't know (SEC-12)."""
        return [
            self.pair(account, source),
            Gate(self.keys.counter("account day", account), self.numbers.account_day, Barrier.KNOWN_BROWSER),
            self.account_run(account),
        ]

    def of_source(self, source: str | None, *, with_accounts: bool) -> list[Gate]:
        """A source, whatever is tried from it (SEC-14); `with_accounts` counts a further account."""
        where = source_of(source)
        gates = [
            Gate(self.keys.counter("address", where.address), self.numbers.address),
            Gate(self.keys.counter("range", where.range), self.numbers.range),
        ]
        return [*gates, self.accounts(where)] if with_accounts else gates

    def of_known(self, known_id: str) -> list[Gate]:
        """An account, from a browser that it knows: its own failures alone, by the same numbers."""
        return [
            Gate(self.keys.counter("known pair", known_id), self.numbers.pair),
            Gate(self.keys.counter("known day", known_id), self.numbers.account_day, Barrier.KNOWN_BROWSER),
        ]

    def of_misses(self, source: str | None, association: str, known_account: str | None) -> list[Gate]:
        """Unknown emails on the forgotten-password page (SEC-11); a known browser has a bound of its own."""
        if known_account is not None:
            return [Gate(self.keys.counter("misses known", known_account), self.numbers.misses_source)]
        return [
            self.misses(source),
            Gate(self.keys.counter("misses association", association), self.numbers.misses_association),
        ]

    def of_mails(self, mailbox: str) -> list[Gate]:
        """Links mailed to one address (SEC-45)."""
        return [
            Gate(self.keys.counter("mails hour", mailbox), self.numbers.mails_hour),
            Gate(self.keys.counter("mails day", mailbox), self.numbers.mails_day),
        ]

    def pair(self, account: str, source: str | None) -> Gate:
        """An account and an address."""
        return Gate(self.keys.counter("pair", account, source_of(source).address), self.numbers.pair)

    def account_run(self, account: str) -> Gate:
        """Failures in a row on an account."""
        return Gate(self.keys.counter("account run", account), self.numbers.account_run, Barrier.RESET)

    def accounts(self, where: Source) -> Gate:
        """Different accounts tried from an address."""
        return Gate(self.keys.counter("accounts", where.address), self.numbers.accounts)

    def misses(self, source: str | None) -> Gate:
        """Unknown emails from an address."""
        return Gate(self.keys.counter("misses source", source_of(source).address), self.numbers.misses_source)

    def association(self, association: str) -> Gate:
        """Everybody's failures on an association."""
        return Gate(self.keys.counter("association", association), self.numbers.association)

    def siege(self, association: str, source: str | None) -> Gate:
        """An address and an association that is pressed."""
        return Gate(self.keys.counter("siege", association, source_of(source).address), self.numbers.siege)

    def success(self, account: str, source: str | None) -> Gate:
        """Whether a success of this account still speaks for its source."""
        return Gate(self.keys.counter("success", account, source_of(source).address), self.numbers.success)

    def to_hold(self, association: str, account: str, source: str | None) -> list[Gate]:
        """Every gate that an attempt from an unknown browser may have to pass."""
        return [
            *self.of_account(account, source),
            *self.of_source(source, with_accounts=True),
            self.association(association),
            self.siege(association, source),
        ]

    def to_pass(
        self, association: str, account: str, source: str | None, counters: Mapping[str, Counter], at: int
    ) -> Sequence[Gate]:
        """Those of `to_hold` that this attempt does have to pass, as the counters are."""
        pair, watch = self.pair(account, source), self.association(association)
        tried_at = counters[pair.key].marks
        is_further_account = not tried_at or at - tried_at[-1] > TEN_MINUTES
        gates = [
            *self.of_account(account, source),
            *self.of_source(source, with_accounts=is_further_account),
            watch,
        ]
        is_pressed = self.numbers.association.is_pressed(counters[watch.key], at)
        return [*gates, self.siege(association, source)] if is_pressed else gates
