"""Whole answers for programs: what the HTTP API and assistants hand out, one function an answer.

An answer is a dictionary of names and values: decimals, counts, texts, days, lists of dictionaries.
Money is in the report currency, shares are fractions, and a null has its reason under `reasons`.
"""
