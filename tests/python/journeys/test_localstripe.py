"""A server that is not ours: objects made with the official SDK in localstripe, then synced.

localstripe speaks the 2017-08-15 shape, has plans where newer accounts have prices, and answers 404
to what it lacks.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import stripe

from support.commands import Project
from support.ports import free_port

KEY = "sk_test_localstripe"


@pytest.fixture
def localstripe(tmp_path: Path) -> Iterator[str]:
    """A fresh localstripe server; yields its base URL."""
    port = free_port()
    executable = Path(sys.executable).with_name("localstripe")
    process = subprocess.Popen(
        [str(executable), "--port", str(port), "--from-scratch"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def subscribe_customers(url: str, count: int) -> None:
    """`count` customers on a plan of 29 USD a month, the n-th with quantity n."""
    options = {"api_key": KEY, "stripe_version": "2017-08-15"}
    stripe.api_base = url
    product = stripe.Product.create(name="Chat", **options)
    plan = stripe.Plan.create(
        amount=2900, currency="usd", interval="month", product=product.id, **options
    )
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2035, "cvc": "123"}
    for quantity in range(1, count + 1):
        customer = stripe.Customer.create(email=f"jane{quantity}@example.com", **options)
        method = stripe.PaymentMethod.create(type="card", card=card, **options)
        stripe.PaymentMethod.attach(method.id, customer=customer.id, **options)
        stripe.Customer.modify(
            customer.id, invoice_settings={"default_payment_method": method.id}, **options
        )
        stripe.Subscription.create(
            customer=customer.id, items=[{"plan": plan.id, "quantity": quantity}], **options
        )


@pytest.mark.slow
def test_objects_of_the_official_sdk_in_localstripe_load_and_stage(
    project: Project, localstripe: str
) -> None:
    subscribe_customers(localstripe, 12)
    project.settings |= {
        "SOURCES__STRIPE__API_KEY": KEY,
        "SOURCES__STRIPE__BASE_URL": localstripe,
    }
    done = project.load("stripe")
    assert "can write" in done.stderr
    assert "/v1/prices" in done.stderr  # it has plans
    assert project.rows("select count(*) from raw_stripe.plans") == [(1,)]
    project.build(
        "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious",
        "--select", "path:models/staging/stripe", "+fct_invoice_lines", "+dim_customers",
    )  # fmt: skip
    [(lines, net, currency)] = project.rows(
        "select count(*), sum(net_amount), min(currency) from core.fct_invoice_lines"
    )
    assert (lines, net, currency) == (12, Decimal(29) * sum(range(1, 13)), "usd")
    assert project.rows("select count(*) from core.dim_customers where not is_placeholder") == [
        (12,)
    ]
