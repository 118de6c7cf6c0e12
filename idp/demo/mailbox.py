"""The demonstration's mailbox: keeps what its SMTP server received, a file a message, the latest first.

For one person on one machine: no folders, no users, nothing is ever sent on.
"""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from idp.clock import Clock

MOST = 500
STAMP = "%Y-%m-%dT%H-%M-%S-%f%z"


@dataclass(frozen=True)
class ReceivedMail:
    """A message as it arrived. `to` is the envelope's recipient."""

    id: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    received_at: datetime

    def as_json(self) -> dict[str, str]:
        """Return what `GET /messages.json` says of it."""
        return {
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "received_at": self.received_at.isoformat(),
        }


class Mailbox:
    """The messages of one folder. They are secrets: links in them set passwords."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Read what earlier runs left in `folder`, which is made where it is missing."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._mails = [read_mail(file.stem, file.read_bytes()) for file in sorted(folder.glob("*.eml"))[-MOST:]]

    def newest_first(self) -> list[ReceivedMail]:
        """Return all messages."""
        return self._mails[::-1]

    def mail(self, mail_id: str) -> ReceivedMail | None:
        """Return one message."""
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def receive(self, recipient: str, content: bytes) -> None:
        """Keep a message for one recipient. The oldest makes room."""
        mail_id = self._clock.now().strftime(STAMP)
        kept = b"Delivered-To: " + recipient.encode() + b"\r\n" + content
        file = self._folder / f"{mail_id}.eml"
        file.touch(mode=0o600)
        file.write_bytes(kept)
        self._mails.append(read_mail(mail_id, kept))
        for old in self._mails[:-MOST]:
            (self._folder / f"{old.id}.eml").unlink(missing_ok=True)
        del self._mails[:-MOST]


def read_mail(mail_id: str, kept: bytes) -> ReceivedMail:
    """Read a message as it was kept."""
    message = email.message_from_bytes(kept, policy=email.policy.default)
    return ReceivedMail(
        id=mail_id,
        to=str(message["Delivered-To"]),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        received_at=datetime.strptime(mail_id, STAMP),  # noqa: DTZ007 -- STAMP ends with %z
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
