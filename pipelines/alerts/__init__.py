"""Telling people: each alert once when it fires, when it becomes critical, and when it is over.

`usage-vs-revenue alert` compares what the published build says is open (`monitoring.alerts`) with
what people were told (the ledger, a SQLite file beside the warehouse) and sends the difference
through `apprise` to the addresses of `ALERTS__URLS`. It works on levels, not on events: it may be
run as often as one likes, miss builds, or be killed, and what people know in the end is the same.

    transitions.py   what there is to say, as plain data
    ledger.py        what was said
    outbox.py        to whom it was delivered, once
    sending.py       one message to one address
    command.py       the command: lock, read, say, exit code
"""
