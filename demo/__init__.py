"""The demo company: a simulator and a local server that speaks the vendors' APIs.

company = generate_company("data/demo", DemoParameters(customers=50))
with DemoServer(company.store) as server:
    server.url, server.clock, server.requests
"""

from demo.company.scenarios import PlacedCase, place_cases
from demo.making import DemoCompany, DemoParameters, generate_company
from demo.vendors.server import DemoServer, Fault

__all__ = [
    "DemoCompany",
    "DemoParameters",
    "DemoServer",
    "Fault",
    "PlacedCase",
    "generate_company",
    "place_cases",
]
