#!/usr/bin/python3
"""Unmodified programs give the same results natively and through AvA."""
import programs
import harness


class SameResults(programs.Comparison):
    pass


for each in programs.ALL:
    SameResults.add(each, programs.ava_environment)

if __name__ == "__main__":
    harness.main()
