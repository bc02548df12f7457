{{ union_of_vendors('projects') }}
