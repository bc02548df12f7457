{{ union_of_vendors('cost_statements') }}
