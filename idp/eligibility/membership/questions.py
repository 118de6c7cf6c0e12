"""Puts questions to the membership service: signed, behind a breaker, read strictly; whatever is wrong, `Unavailable`.

Says why in the log, once as the breaker opens and once as it closes, without what was asked or answered.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from idp.clock import Clock
from idp.eligibility.membership.client import Answer, NoAnswer, Question, Why
from idp.eligibility.membership.members import Malformed
from idp.eligibility.membership.rules import PROBE_EVERY, Breaker
from idp.entropy import Entropy, random_id
from idp.errors import Unavailable

PART = "membership service"
BEARER_SECONDS = 60
BEARER_TYPE = "JWT"
ALGORITHM = "ES256"
RETRY_AFTER_SECONDS = int(PROBE_EVERY.total_seconds())
T = TypeVar("T")

log = structlog.get_logger("idp.eligibility")


class Signer(Protocol):
    """The key ring, as far as questions need it."""

    def sign(self, claims: Mapping[str, Any], *, algorithm: str, typ: str) -> str:
        """Return the compact JWS, with `kid`."""
        ...


class Client(Protocol):
    """The way to the service."""

    async def ask(self, question: Question) -> Answer:
        """Return the answer, whatever its status. Raises `NoAnswer`."""
        ...

    async def close(self) -> None:
        """Let go of this event loop's connections."""
        ...


class NotThere(Exception):
    """The service answered 404: it doesn't offer that, or doesn't know it."""


class Questions:
    """What goes out to one service."""

    def __init__(
        self, client: Client, signer: Signer, clock: Clock, entropy: Entropy, *, issuer: str, audience: str
    ) -> None:
        """`issuer` is `[server] public_url`, `audience` `[eligibility] url`, both exactly as configured."""
        self._client = client
        self._signer = signer
        self._clock = clock
        self._entropy = entropy
        self._issuer = issuer
        self._audience = audience
        self._breaker = Breaker()

    @property
    def is_troubled(self) -> bool:
        """Whether the last question that counted got no good answer."""
        return self._breaker.failures > 0

    @property
    def is_open(self) -> bool:
        """Whether the breaker is open: questions are refused unasked, but for a probe every 5 s."""
        return self._breaker.is_open

    async def ask(self, method: str, path: str, members: Mapping[str, str] | None, read: Callable[[bytes], T]) -> T:
        """Send a question and return its answer as `read` understood it.

        Raises `Unavailable` where there is none to be trusted, `NotThere` for 404.
        """
        at = self._clock.now()
        if not self._breaker.admits(at):
            raise _unavailable("spared after failures")
        self._breaker = self._breaker.asked(at)
        headers = {"authorization": f"Bearer {self._bearer()}"}
        try:
            answer = await self._client.ask(Question(method, path, headers, orjson.dumps(members) if members else b""))
            return self._understood(answer, read)
        except NoAnswer as missing:
            if missing.why is Why.CROWDED:  # says nothing of the service: it was never asked
                self._breaker = self._breaker.learned_nothing(at)
                raise _unavailable(missing.why) from missing
            raise self._failed(missing.why.value) from missing
        except Malformed as malformed:
            raise self._failed(f"malformed: {malformed}") from malformed

    def _understood(self, answer: Answer, read: Callable[[bytes], T]) -> T:
        if answer.status == 200:
            understood = read(answer.body)
            if self._breaker.is_open:
                log.info("membership service answers again")
            self._breaker = self._breaker.answered()
            return understood
        if not 400 <= answer.status < 500:
            raise Malformed(f"status {answer.status}")
        # It lives and refuses this one question: were it counted, whoever types nonsense could open the breaker.
        self._breaker = self._breaker.learned_nothing(self._clock.now())
        if answer.status == 404:
            raise NotThere
        log.warning("membership service refuses a question", status=answer.status)
        raise _unavailable(f"status {answer.status}")

    def _failed(self, why: str) -> Unavailable:
        was_open = self._breaker.is_open
        self._breaker = self._breaker.failed(self._clock.now())
        if self._breaker.is_open and not was_open:
            log.error("membership service is spared from now on", why=why, failures=self._breaker.failures)
        else:
            log.warning("membership service gave no answer", why=why, failures=self._breaker.failures)
        return _unavailable(why)

    def _bearer(self) -> str:
        at = int(self._clock.now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": at,
            "exp": at + BEARER_SECONDS,
            "jti": random_id(self._entropy, "question"),
        }
        return self._signer.sign(claims, algorithm=ALGORITHM, typ=BEARER_TYPE)

    async def close(self) -> None:
        """Let go of this event loop's connections."""
        await self._client.close()


def _unavailable(why: str) -> Unavailable:
    return Unavailable(PART, why, retry_after_seconds=RETRY_AFTER_SECONDS)
