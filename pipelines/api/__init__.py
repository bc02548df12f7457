"""The HTTP API over the published build: `/api/v1`, read-only, and its keys.

app.py        the FastAPI application: routes, documentation, lifespan
routes/       one module an area; a handler asks one answer of `published.questions.answers`
shapes.py     what the answers look like
serving.py    one build a request, bytes kept per build, ETag, formats
access.py     who may ask: keys, scopes, customers, rates, heavy requests, the audit log
keys.py       the file of keys; `keys create`, `list`, `revoke`
problems.py   errors as RFC 9457 says
"""
