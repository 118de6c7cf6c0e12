"""Carries one letter: renders it, puts it into its envelope, hands it over. Blocking: it runs in a sender's thread.

A decoy goes the same way up to the last step, and is never handed over (SEC-09).
"""

import threading
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from idp.clock import Clock
from idp.mail.letter import Letter
from idp.mail.message import Envelope, UndeliverableAddress, compose
from idp.mail.rendering import Rendered
from idp.mail.store import DECOY, Claim
from idp.mail.transport import Failure

_log = structlog.get_logger(__name__)


class LetterRenderer(Protocol):
    """See `idp.mail.rendering.Renderer`."""

    def render(self, letter: Letter) -> Rendered:
        """Return subject, text and HTML."""
        ...


class Transport(Protocol):
    """See `idp.mail.transport.SmtpTransport`."""

    def deliver(self, mail_id: str, envelope: Envelope) -> Failure | None:
        """Hand the message over, or say why not."""
        ...

    def abort(self, mail_id: str) -> None:
        """Make `deliver` come back."""
        ...

    def close_idle(self) -> None:
        """Let go of connections that nobody uses."""
        ...


@dataclass(frozen=True)
class Courier:
    """`sender` is `[mail] from`."""

    renderer: LetterRenderer
    transport: Transport
    clock: Clock
    sender: str
    _pen: threading.Lock = field(default_factory=threading.Lock)
    """One letter is written at a time, so that a thousand leave the processor to who serves pages."""

    def carry(self, claim: Claim, letter: Letter) -> Failure | None:
        """Send the letter. Returns why it was not sent; nothing when it was, or when it is a decoy."""
        try:
            with self._pen:
                rendered = self.renderer.render(letter)
                envelope = compose(letter, rendered, mail_id=claim.id, sender=self.sender, at=self.clock.now())
            if claim.kind == DECOY:
                return None
            return self.transport.deliver(claim.id, envelope)
        except UndeliverableAddress:
            return Failure("bad address", is_final=True)
        except Exception as fault:  # noqa: BLE001 -- a broken template holds up its own letter only, for a release to mend
            # The type alone: the message of a fault may repeat what the letter says (SEC-29).
            _log.error("mail.fault", mail=claim.id, kind=claim.kind, fault=type(fault).__name__)
            return Failure(type(fault).__name__)
