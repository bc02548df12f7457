"""ChartMogul: what its own sources cannot know, as custom attributes of the customers it has.

    attributes.py  what is told of a customer, from `finance.customers` of the published build
    api.py         the requests: customers by cursor, attributes, MRR
    outbox.py      what was told, so that only changes are sent
    comparison.py  its MRR beside ours, with reasons
    command.py     `usage-vs-revenue push chartmogul`

Invoices are never pushed: where a billing source exists there, they would count twice.
"""
