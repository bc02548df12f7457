{{ union_of_vendors('api_keys') }}
