"""Where a billing provider shows a customer to its own users."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

#: Pages whose address needs nothing but the provider's own id of the customer.
_PAGES: Final = {
    "stripe": "https://dashboard.stripe.com/customers/{}",
    "paddle": "https://vendors.paddle.com/customers-v2/{}",
}


def provider_page(provider: str | None, native_id: str | None) -> str | None:
    """The address of a customer at its provider; None where it cannot be known."""
    page = _PAGES.get(provider or "")
    return page.format(quote(native_id, safe="")) if page and native_id else None
