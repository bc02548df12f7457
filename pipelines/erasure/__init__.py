"""`usage-vs-revenue forget`: a person or customer goes, the company's sums stay.

    ledger.py     whose data may not come back: keyed hashes of ids, no id in clear
    objects.py    what is left of a vendor's object of somebody who was erased
    people.py     who is meant: all ids and names of one customer or user
    rewriting.py  DuckDB and SQLite files written anew without them
    tables.py     the warehouse's tables: how a person is found in them and erased
    postgres.py   the same in a PostgreSQL database
    places.py     builds, ledgers, seeds, event files, logs: what lies beside the warehouse
    command.py    the order of it all, the receipt

Loads ask the ledger and the objects alone (`versions.py`, `app_events/reader.py`, `custom`).
"""
