"""Digests: what moved in a day, week or month and why, and what needs action, in one message.

`usage-vs-revenue digest` reads the published build, leaves out what an earlier digest of the same
kind has said (the ledger), and sends the rest through the addresses of alerts. Where nothing
happened nothing is sent.

    content.py   what there is to say, as plain data
    words.py     the same as text and as HTML
    ledger.py    what was said, and to whom it was delivered
    command.py   the command: lock, read, say, exit code
"""
