// Of PoCL's source; poclu.h has what the tests need.
