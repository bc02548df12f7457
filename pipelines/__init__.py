"""dlt pipelines that load Stripe, OpenAI and app events into the warehouse.

Reading order: `config` (where data goes), `run` (what a run does), then one package per source.
"""
