{{ union_of_vendors('cost_statement_lines') }}
