"""Puts a rendered letter into an envelope: one recipient, one block of headers, nothing typed in any of them (SEC-32).

The Message-ID is made of the letter's id, so that a letter sent twice after a crash is seen as one.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr

from emails.message import Message

from idp.mail.letter import Letter
from idp.mail.rendering import Rendered
from idp.mail.rules import domain_of, envelope_address


class UndeliverableAddress(Exception):
    """The letter's address is not exactly one address, or one that SMTP can't carry. It is not told here."""


@dataclass(frozen=True)
class Envelope:
    """A message as it goes over the wire, and between whom."""

    sender: str
    recipient: str
    content: bytes

    def as_bytes(self) -> bytes:
        """Return the message, as `emails` asks for it."""
        return self.content


def compose(letter: Letter, rendered: Rendered, *, mail_id: str, sender: str, at: datetime) -> Envelope:
    """Return the message in its envelope. `sender` is `[mail] from`.

    Raises `UndeliverableAddress` when the letter's address is none.
    """
    recipient = envelope_address(letter.to)
    if recipient is None:
        raise UndeliverableAddress
    name, address = parseaddr(sender)
    message = Message(
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        mail_from=(name or None, address),
        mail_to=(None, recipient),
        reply_to=(None, letter.reply_to) if letter.reply_to else None,
        date=format_datetime(at),
        message_id=f"<{mail_id}@{domain_of(address)}>",
        headers={
            "Auto-Submitted": "auto-generated",  # RFC 3834 §5: no automatic answer
            "X-Auto-Response-Suppress": "All",
            "Content-Language": letter.language,
        },
    )
    return Envelope(address, recipient, message.as_bytes())
