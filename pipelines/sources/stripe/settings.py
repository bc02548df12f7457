"""Settings of the Stripe source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.config import SettingError, setting

KEY_SETTING: Final = "SOURCES__STRIPE__API_KEY"
URL_SETTING: Final = "SOURCES__STRIPE__BASE_URL"
DEFAULT_URL: Final = "https://api.stripe.com"


@dataclass(frozen=True)
class StripeSettings:
    """Where and with which key to read."""

    api_key: str
    base_url: str

    @property
    def can_write(self) -> bool:
        """A secret key can do everything; a restricted one only what it was given."""
        return self.api_key.startswith("sk_")

    @property
    def is_live(self) -> bool | None:
        """Whether the key reads live data; None where the key does not say."""
        if "_live_" in self.api_key:
            return True
        return False if "_test_" in self.api_key else None


def read_settings() -> StripeSettings:
    """Settings from the environment or dlt's files. Raises SettingError if they are unusable."""
    key = setting(KEY_SETTING)
    if not key:
        raise SettingError(f"stripe is not configured: set {KEY_SETTING}.")
    if key.startswith("pk_"):
        raise SettingError(
            f"{KEY_SETTING} holds a publishable key (pk_), which cannot read. Make a restricted "
            "read-only key (rk_) in Stripe's dashboard and set that."
        )
    url = (setting(URL_SETTING, DEFAULT_URL) or DEFAULT_URL).rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingError(f"{URL_SETTING} is {url!r}; it must start with https:// or http://.")
    return StripeSettings(key, url.removesuffix("/v1"))
