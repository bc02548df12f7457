"""List prices of AI models: `make prices` refreshes the seeds llm_prices and model_aliases.

One module for each upstream, and one for the seeds themselves. Upstreams are read from their wheels
at refresh time; nothing of them is installed or run. What they do not say is decided once, in their
module, and written in each row's `note`. No rate is ever derived by multiplying.
"""
