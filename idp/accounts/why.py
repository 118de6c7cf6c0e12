"""« Pourquoi cette personne ne peut-elle pas se connecter ? »: gathers what stands, decides, and puts it in words.

One snapshot of the embedded directory. For operators and administrators alone: the member reads one text for all
causes (S34–S40).
"""

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from idp.accounts.identifiers import canonical_identifier
from idp.accounts.rules import Account, Cause, cause_of, cause_of_standing
from idp.accounts.store import CredentialFacts, find_credential
from idp.associations.store import AssociationRecord, association_named, seasons_of
from idp.clock import Clock
from idp.eligibility import store as directory
from idp.eligibility.directory import facts_of, reading_of, season_of, today_of
from idp.eligibility.rules import PersonRecord, Standing, decide, login_key_of, standings
from idp.eligibility.store import Reading
from idp.eligibility.verdict import Reason, Refusal
from idp.mail.store import MailTrace
from idp.store import Store, Transaction


class Letters(Protocol):
    """What of the outbox we ask."""

    def last_letter_to(self, tx: Transaction, address: str) -> MailTrace | None:
        """Return the latest letter put for this address."""
        ...


@dataclass(frozen=True)
class PersonStanding:
    """One person behind the mailbox, and why they may not enter (`Cause.NONE`: they may)."""

    person: PersonRecord
    standing: Standing
    cause: Cause


@dataclass(frozen=True)
class Diagnosis:
    """Why. `reason` is the verdict's, or the account's state; none when nothing stands in the way."""

    cause: Cause
    reason: str | None
    eligible: bool
    """Whether the persons may enter as far as directory and administrators go, password aside."""
    association: AssociationRecord | None = None
    persons: Sequence[PersonStanding] = ()
    address: str | None = None
    credential: CredentialFacts | None = None
    last_letter: MailTrace | None = None


@dataclass(frozen=True)
class Explanation:
    """A cause in words, and what to do."""

    sentence: str
    remedy: str


class Why:
    """Answers operators."""

    def __init__(self, store: Store, letters: Letters, clock: Clock) -> None:
        """Ports; `letters` is the outbox."""
        self._store = store
        self._letters = letters
        self._clock = clock

    def diagnose(self, association: str, identifier: str) -> Diagnosis:
        """Return why nobody (or who) can sign in with these values."""
        at = self._clock.now()
        return self._store.read_blocking(lambda tx: self._diagnose(tx, association, identifier, at))

    def _diagnose(self, tx: Transaction, association: str, identifier: str, at: datetime) -> Diagnosis:
        found = association_named(tx, association)
        if found is None:
            return Diagnosis(Cause.UNKNOWN_ASSOCIATION, Reason.UNKNOWN_ASSOCIATION.value, eligible=False)
        season = season_of(found, at)
        reading = reading_of(found, season)
        persons = directory.persons_behind(tx, reading, canonical_identifier(identifier))
        if not persons:
            return Diagnosis(
                Cause.UNKNOWN_IDENTIFIER, Reason.UNKNOWN_IDENTIFIER.value, eligible=False, association=found
            )
        verdict = decide(facts_of(found), season, persons, today_of(found, at), 0)
        address = next((person.email for person in persons if person.email), None)
        credential = find_credential(tx, found.id, login_key_of(persons[0]))
        stands = standings(persons, today_of(found, at))
        account = Account(
            standings=stands,
            reason=verdict.reason if isinstance(verdict, Refusal) else None,
            has_season=found.current_season is not None,
            waits_for_season=_waits(tx, reading, persons, found.current_season.label if found.current_season else ""),
            is_disabled=credential is not None and credential.disabled_at is not None,
            has_password=credential is not None and credential.password_hash is not None,
            has_address=address is not None,
        )
        cause = cause_of(account)
        return Diagnosis(
            cause,
            _reason_of(account, cause),
            eligible=account.reason is None and not account.is_disabled,
            association=found,
            persons=[PersonStanding(one, stands[one.id], cause_of_standing(stands[one.id])) for one in persons],
            address=address,
            credential=credential,
            last_letter=self._letters.last_letter_to(tx, address) if address else None,
        )


@dataclass(frozen=True)
class Explainer:
    """Puts causes into words with the templates of `templates/why`, in French unless a catalogue says otherwise."""

    translations: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)

    def explain(self, cause: Cause, diagnosis: Diagnosis) -> Explanation:
        """Return the template's two paragraphs: what stands in the way, and what to do."""
        text = self._templates.get_template(f"{cause.value}.txt").render(_words(diagnosis))
        sentence, _, remedy = text.strip().partition("\n\n")
        return Explanation(" ".join(sentence.split("\n")), " ".join(remedy.split("\n")))

    @cached_property
    def _templates(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("idp", "templates/why"),
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True  # as Babel gathers them
        install = environment.install_gettext_translations  # type: ignore[attr-defined]  # the extension adds it
        install(self.translations, newstyle=True)
        return environment


def _waits(tx: Transaction, reading: Reading, persons: Sequence[PersonRecord], current: str) -> bool:
    """Tell whether somebody is a member of a season yet to come: never started, and labelled after the current one.

    An import makes the seasons it names, earlier ones too, and starts none.
    """
    seasons = seasons_of(tx, reading.association_id)
    unstarted = {season.id for season in seasons if season.started_at is None and season.label > current}
    return any(unstarted & set(directory.season_ids_of(tx, reading, person.id)) for person in persons)


def _reason_of(account: Account, cause: Cause) -> str | None:
    if account.reason is not None:
        return account.reason.value
    return None if cause is Cause.NONE else cause.value


def _words(diagnosis: Diagnosis) -> Mapping[str, Any]:
    found = diagnosis.association
    season = found.current_season.label if found and found.current_season else ""
    return {
        "association": found.public.name if found else "",
        "season": season,
        "address": diagnosis.address or "",
    }
