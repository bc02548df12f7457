"""Configured services: their credentials, encrypted at rest, and a live check of each.

store.py      the encrypted file; what it holds is the last place that settings are looked for
services.py   which services there are, where each setting comes from, adding and removing
commands.py   `usage-vs-revenue sources list`, `add`, `test`, `remove`
"""
