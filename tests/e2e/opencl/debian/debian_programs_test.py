#!/usr/bin/python3
"""Programs that Debian ships do the same natively and through AvA."""
import debian_programs
import harness
import programs
import suites


class DebianPrograms(programs.Comparison):
    pass


for each in debian_programs.ALL + suites.ALL:
    DebianPrograms.add(each, programs.ava_environment)

if __name__ == "__main__":
    harness.main()
