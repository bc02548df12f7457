"""Sources: one folder a provider, and the list of them.

A new provider is a package that has a `SOURCE`, and one line in `SOURCES`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.source import Source
from pipelines.sources import (
    anthropic,
    app_events,
    aws,
    billing_files,
    braintree,
    chargebee,
    custom,
    datadog,
    focus,
    lemon_squeezy,
    openai,
    paddle,
    polar,
    recurly,
    stripe,
)

#: Every source there is, in load order.
SOURCES: Final[tuple[Source, ...]] = (
    stripe.SOURCE,
    paddle.SOURCE,
    chargebee.SOURCE,
    recurly.SOURCE,
    braintree.SOURCE,
    polar.SOURCE,
    lemon_squeezy.SOURCE,
    billing_files.SOURCE,
    openai.SOURCE,
    focus.SOURCE,
    custom.SOURCE,
    anthropic.SOURCE,
    aws.SOURCE,
    datadog.SOURCE,
    app_events.SOURCE,
)

#: The same by name.
BY_NAME: Final = {source.name: source for source in SOURCES}
