"""The database: engine, unit of work, one-shot secrets, migrations.

Rooms import `Store` and `Transaction` from here, declare their tables in their own `tables.py` and keep their SQL in
their own `store.py`.
"""

from idp.store.types import UtcDateTime
from idp.store.unit_of_work import Store, Transaction

__all__ = ["Store", "Transaction", "UtcDateTime"]
