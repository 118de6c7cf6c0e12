"""Puts the parts of mail together as the settings say: one outbox a process, and as many senders as one likes."""

from email.utils import parseaddr

from idp.clock import Clock
from idp.entropy import Entropy
from idp.mail.courier import Courier
from idp.mail.outbox import Outbox
from idp.mail.rendering import Renderer
from idp.mail.rules import domain_of
from idp.mail.service import MailWorker
from idp.mail.smtp import SmtpServer, verifying_context
from idp.mail.transport import SmtpTransport
from idp.settings import Settings
from idp.store import Store
from idp.web.i18n import translations


def open_mail_worker(settings: Settings, store: Store, outbox: Outbox, clock: Clock, entropy: Entropy) -> MailWorker:
    """Return a sender for `[mail] smtp_url`. Call its `run` in a task.

    Raises `OSError` when `[testing] ca_file` can't be read.
    """
    sender = settings.mail.from_
    transport = SmtpTransport(
        SmtpServer.from_url(settings.mail.smtp_url),
        verifying_context(settings.testing.ca_file),
        hello=domain_of(parseaddr(sender)[1]),
    )
    return MailWorker(store, outbox, Courier(Renderer(translations), transport, clock, sender), clock, entropy)
