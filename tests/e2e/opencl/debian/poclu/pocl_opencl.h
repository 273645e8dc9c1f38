// Of PoCL's build; poclu.h has what the tests need.
