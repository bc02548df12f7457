{{ union_of_vendors('provider_usage') }}
