"""The letters that a service sends, as their readers see them: through the real outbox, sender and templates, with the
last step, SMTP, left out.
"""

import email
import email.policy
import re
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import cast

from idp.mail.message import Envelope
from idp.mail.transport import Failure
from tests.harness.words import plain

_ADDRESS = re.compile(r"https?://\S+")
_CODE = re.compile(r"^ {4}(\w{4} \w{4})$", re.MULTILINE)


@dataclass(frozen=True)
class ReadLetter:
    """A letter as its reader has it."""

    to: str
    subject: str
    text: str
    html: str
    message: EmailMessage

    @property
    def words(self) -> str:
        """The text, on one line."""
        return plain(self.text)

    @property
    def link(self) -> str:
        """The only address in it."""
        (found,) = set(_ADDRESS.findall(self.text))
        return str(found)

    @property
    def code(self) -> str:
        """The code to type, as it is shown."""
        (found,) = _CODE.findall(self.text)
        return str(found)


def read(raw: bytes, recipient: str) -> ReadLetter:
    """Return a message as its reader sees it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return ReadLetter(recipient, str(message["Subject"]), _part(message, "plain"), _part(message, "html"), message)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None, f"no {kind} part"
    return cast("str", body.get_content()).replace("\r\n", "\n")


@dataclass
class CaughtLetters:
    """A transport that keeps what it is given."""

    letters: list[ReadLetter] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def deliver(self, mail_id: str, envelope: Envelope) -> Failure | None:
        letter = read(envelope.as_bytes(), envelope.recipient)
        with self._lock:
            self.letters.append(letter)
        return None

    def abort(self, mail_id: str) -> None:
        """Nothing takes long here."""

    def close_idle(self) -> None:
        """Nothing is kept open here."""
