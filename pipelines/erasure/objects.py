"""What is left of a vendor's object that belongs to somebody who was erased.

Ids become pseudonyms, wherever in the object they stand. Fields that say who it is (names,
addresses, notes, free texts) become null, whatever the vendor: the list below is of field names,
without case and underscores. Amounts, times, states and what was bought stay, so that no sum moves.
A country stays, because sums by country do. Loads and `forget` use this one function, so an object
that is loaded again is the object that was left, and makes no new version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipelines.erasure.ledger import APP, Ledger, is_weak

#: Fields that say who somebody is.
PERSONAL: Final = frozenset(
    (
        "email", "emailaddress", "emailhash", "emaildomain", "receiptemail", "billingemail",
        "ccemails", "name", "firstname", "lastname", "fullname", "givenname", "familyname",
        "middlename", "username", "displayname", "nickname", "individualname", "phone",
        "phonenumber", "mobile", "fax", "address", "addresses", "billingaddress",
        "shippingaddress", "shipping", "shippingdetails", "shippinginfo", "billinginfo",
        "billto", "shipto", "billingdetails", "customerdetails", "customername",
        "customeremail", "customerphone", "customeraddress", "customershipping",
        "customertaxids", "customeraccountmanager", "taxids", "taxid", "vatnumber", "vatid",
        "company", "companyname", "businessname", "business", "organization", "organisation",
        "legalname", "line1", "line2", "street", "street1", "street2", "streetaddress",
        "extendedaddress", "city", "locality", "postalcode", "zip", "zipcode", "region", "ip",
        "ipaddress", "useragent", "website", "birthdate", "dob", "notes", "note", "comment",
        "comments", "customfields", "ponumber", "memo", "footer", "description",
        "statementdescriptor", "statementdescription", "last4", "fingerprint", "iban", "bin",
        "maskednumber", "expmonth", "expyear", "creditcard", "paypalaccount", "invoicepdf",
        "hostedinvoiceurl", "receipturl", "receiptnumber", "hostedlogintoken", "customernotes",
        "termsandconditions", "vatcountry", "cardholdername", "paymentinstrument",
        "paymentinstruments", "contacts", "preferredlocales", "invoiceprefix",
        "cancellationcomment",
    )
)  # fmt: skip
#: Maps of whatever the company notes; of them only ids stay, as pseudonyms.
_NOTES: Final = frozenset({"metadata", "customdata", "customfields", "passthrough"})
#: What is sold has names of its own, which are nobody's.
_CATALOGUE: Final = re.compile(
    r"(product|price|plan|coupon|discount|promotion|addon|item|line|tax|rate|tier|feature|meter)"
)
#: Tables of what is sold; a name there is a product's.
_CATALOGUE_TABLES: Final = re.compile(
    r"(products|prices|plans|coupons|items|item_prices|promotion_codes|discounts|addons|.*_tiers)$"
)
#: Fields that name a customer or user; there even a weak id counts.
_NAMES_PERSON: Final = frozenset(
    (
        "customer", "customerid", "account", "accountid", "accountcode", "user", "userid",
        "appcustomerid", "customercode", "clientreferenceid", "externalid",
        "externalcustomerid", "customergroup", "handle", "billingcustomerid",
    )
)  # fmt: skip
#: Tables of customers: their own `id` and `code` name a person.
_PEOPLE_TABLES: Final = re.compile(r"(customers|accounts|users)$")


def without_erased(
    item: Mapping[str, Any], ledger: Ledger, table: str, source: str = ""
) -> Mapping[str, Any]:
    """The object as it may be kept: itself, unless it names somebody who was erased.

    Args:
        item: parsed JSON; nothing in it is changed in place.
        table: raw table that it is for.
        source: account that it comes from.
    """
    if not ledger.erased:
        return item
    names = ids_named(item, ledger, table, source)
    return scrubbed(item, names, table) if names else item


def ids_named(
    item: Mapping[str, Any], ledger: Ledger, table: str, source: str = ""
) -> dict[str, str]:
    """Erased ids that stand in an object -> their pseudonyms."""
    found = {}
    for path, text in _texts(item):
        is_apps = len(path) > 1 and plain(path[-2]) in _NOTES
        entry = ledger.find(
            text, APP if is_apps else source, names_person=names_person(path, table)
        )
        if entry:
            found[text] = entry.pseudonym
    return found


def names_person(path: tuple[str, ...], table: str) -> bool:
    """Whether a field names a customer or user."""
    last = plain(path[-1]) if path else ""
    above = plain(path[-2]) if len(path) > 1 else ""
    if last in _NAMES_PERSON or above in _NOTES:
        return True
    is_of_person = above in _NAMES_PERSON or (
        len(path) == 1 and _PEOPLE_TABLES.match(table) is not None
    )
    return is_of_person and last in ("id", "code")


def scrubbed(item: Mapping[str, Any], names: Mapping[str, str], table: str) -> dict[str, Any]:
    """An object that names somebody, without who it is."""
    scrubber = _Scrubber(
        {old: new for old, new in names.items() if not is_weak(old)},
        dict(names),
        table,
        is_catalogue=_CATALOGUE_TABLES.match(table) is not None,
    )
    return {key: scrubber.value(value, (key,)) for key, value in item.items()}


def is_personal(path: tuple[str, ...], *, is_catalogue: bool = False) -> bool:
    """Whether the field at a path says who somebody is."""
    last = plain(path[-1])
    if last not in PERSONAL:
        return False
    if is_catalogue or any(_CATALOGUE.match(plain(step)) for step in path[:-1]):
        return last not in ("name", "nickname", "description", "displayname", "business")
    return True


def replaced(text: str, names: Mapping[str, str]) -> str:
    """A text with every id in it, as a word of its own, replaced."""
    for old, new in names.items():
        if text == old:
            return new
        if old in text:
            text = new.join(re.split(rf"(?<![\w-]){re.escape(old)}(?![\w-])", text))
    return text


def plain(name: str) -> str:
    """A field's name without case and joints: `billing_details`, `billingDetails` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True)
class _Scrubber:
    """Ids and pseudonyms of one object: those that count anywhere in it, and all of them."""

    strong: Mapping[str, str]
    names: Mapping[str, str]
    table: str
    is_catalogue: bool

    def value(self, value: Any, path: tuple[str, ...]) -> Any:
        """A value without who it is."""
        if plain(path[-1]) in _NOTES and not self.is_catalogue:
            return _ids_of(value, self.names)
        if is_personal(path, is_catalogue=self.is_catalogue):
            return _country_of(value, self.names)
        if isinstance(value, str):
            if value in self.names and names_person(path, self.table):
                return self.names[value]
            return replaced(value, self.strong)
        if isinstance(value, Mapping):
            return {
                replaced(key, self.strong): self.value(element, (*path, key))
                for key, element in value.items()
            }
        if isinstance(value, list):
            return [self.value(element, path) for element in value]
        return value


def _ids_of(value: Any, names: Mapping[str, str]) -> Any:
    """What stays of the company's own notes."""
    if not isinstance(value, Mapping):
        return None
    return {
        key: names[element]
        for key, element in value.items()
        if isinstance(element, str) and element in names
    }


def _country_of(value: Any, names: Mapping[str, str]) -> Any:
    """An address keeps its country; an id that stands for a payment method stays an id."""
    if isinstance(value, Mapping):
        kept = {key: value[key] for key in value if plain(key).startswith("country")}
        return kept or None
    if isinstance(value, list):
        return []
    return names.get(value) if isinstance(value, str) else None


def _texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in an object, with where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, element in value.items():
            yield from _texts(element, (*path, key))
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element, path)
