"""The code of the mail, typed on the device that asked (« The link »): five tries, bound to the browser.

A try is counted before it is compared, on every live code of the browser, and given back when it was right.
"""

import hmac

from idp.clock import Clock
from idp.recovery.rules import canonical_code
from idp.recovery.store import count_code_try, open_form
from idp.settings import Lifetimes
from idp.store import Store, Transaction
from idp.store.secrets import Kind, PlainSecret, SecretMint, TokenHash


class TypeCode:
    """The code page's one action."""

    def __init__(self, store: Store, mint: SecretMint, clock: Clock, lifetimes: Lifetimes) -> None:
        """`lifetimes` says how long the form that a code opens lives."""
        self._store = store
        self._mint = mint
        self._clock = clock
        self._lifetimes = lifetimes

    async def try_code(self, browser: TokenHash, typed: str) -> PlainSecret | None:
        """Return the form's own secret if the code is one of this browser's live ones, else nothing."""
        wanted = self._mint.hash(Kind.MAIL_CODE, canonical_code(typed))
        form = self._mint.mint(Kind.RESET_FORM)
        return form if await self._store.write(lambda tx: self._unit(tx, browser, wanted, form)) else None

    def _unit(self, tx: Transaction, browser: TokenHash, wanted: TokenHash, form: PlainSecret) -> bool:
        at = self._clock.now()
        live = count_code_try(tx, browser, at)
        link_hash = next((link for code, link in live.items() if hmac.compare_digest(code, wanted)), None)
        if link_hash is None:
            return False
        form_hash = self._mint.hash(Kind.RESET_FORM, form.reveal())
        return open_form(tx, link_hash, form_hash, at + self._lifetimes.reset_form, at)
