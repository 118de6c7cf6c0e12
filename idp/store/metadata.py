"""Every table of every room, in one place, for migrations and tests."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import idp.accounts.tables
import idp.associations.tables
import idp.audit.tables
import idp.eligibility.tables
import idp.mail.tables
import idp.oauth.clients.tables
import idp.oauth.tables
import idp.recovery.tables
import idp.sessions.tables
import idp.signing.tables
import idp.throttle.tables  # noqa: F401 -- importing a table declares it

METADATA: MetaData = SQLModel.metadata
