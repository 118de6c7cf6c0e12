"""What a browser carries from one page of the journey to the next, in a sealed cookie of 15 minutes: what was typed
(S15, S21, S32), and the application that waits at the end of the way home. Decides nothing: it only fills fields.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from idp.store.sealing import Sealer, Unsealable
from idp.web.cookies import Cookies

COOKIE = "idp_carried"
LIFETIME = timedelta(minutes=15)
PURPOSE = "carried"


@dataclass(frozen=True)
class Carried:
    """What was typed, and the application to go home to, if one is known."""

    association: str = ""
    identifier: str = ""
    client_id: str = ""


class Carrier:
    """Writes and reads the cookie."""

    def __init__(self, sealer: Sealer, cookies: Cookies) -> None:
        """The sealer keeps addresses out of the browser's files and forgeries out of ours."""
        self._sealer = sealer
        self._cookies = cookies

    def read(self, request: Request) -> Carried:
        """Return what the browser carries; nothing where the cookie is absent or not ours."""
        value = self._cookies.read(request.scope, COOKIE)
        if not value:
            return Carried()
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return Carried(**json.loads(self._sealer.open(PURPOSE, sealed)))
        except (binascii.Error, ValueError, TypeError, Unsealable):
            return Carried()

    def put(self, response: Response, carried: Carried) -> None:
        """Have the browser carry this."""
        sealed = self._sealer.seal(PURPOSE, json.dumps(asdict(carried)).encode())
        value = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        self._cookies.put(response, COOKIE, value, LIFETIME)

    def drop(self, response: Response) -> None:
        """Have the browser carry nothing."""
        self._cookies.drop(response, COOKIE)
