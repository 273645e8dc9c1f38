#!/usr/bin/python3
"""For each parameter of the toy API that can be wrong, a wrong value is refused by the router, never
passed to the server, and counted under that parameter's name."""
import collections
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import harness  # noqa: E402
import toy  # noqa: E402

HEADER = harness.SOURCE / "tests" / "toy" / "toy.h"
PROTOTYPE = re.compile(r"^(?:toy_status|const char\*|toy_job|toy_pair|const toy_table\*|int) (toy_\w+)"
                       r"\(([^;]*)\);", re.MULTILINE)

# What no value can make wrong: results that may be left out, sizes and counts (their pointer is to
# blame where they do not fit), and what only the guest itself reads.
ANYTHING_GOES = {("toy_ctx_info", "size"), ("toy_ctx_info", "size_ret"), ("toy_run", "num_targets"),
                 ("toy_join", "count"), ("toy_job_start", "error"), ("toy_on_flush", "callback"),
                 ("toy_on_flush", "user_data"), ("toy_hash_nodes", "count"),
                 ("toy_hash_list", "count"), ("toy_hash_rows", "rows"),
                 ("toy_hash_rows", "columns"), ("toy_count_up", "first"),
                 ("toy_count_up", "count"), ("toy_functions", "version"),
                 ("toy_unmapped", "memory"),
                 ("toy_gather", "references"), ("toy_status_text", "status"),
                 ("toy_report", "count"), ("toy_describe", "first"),
                 ("toy_describe", "count")}
# What is no parameter, and yet in the request.
IMPLICIT = {"toy_gather": ["count", "references"]}


def functions():
    """[(function, [parameter])] in the header's order, which is the order on the wire."""
    result = []
    for name, text in PROTOTYPE.findall(HEADER.read_text()):
        parameters = [] if text == "void" else [part.split()[-1].lstrip("*")
                                                for part in text.split(",")]
        result.append((name, parameters + IMPLICIT.get(name, [])))
    return result


class Mutants(unittest.TestCase):
    maxDiff = None
    def test_every_bad_value_is_refused_under_its_parameters_name(self):
        rows = functions()
        with toy.router() as router:
            done = harness.run([toy.program("mutants")], toy.through(router))
            guest = toy.eventually(lambda: next((guest for guest in router.state()["guests"]
                                                 if guest["sessions"] == 0), None))
        counted = {(function, parameter): count
                   for function, row in guest["apis"][0]["functions"].items()
                   for parameter, count in row["refused_parameters"].items()}
        sent = collections.Counter()
        for line in done.stdout.splitlines():
            mutant = json.loads(line)
            name, parameters = rows[mutant["row"]]
            parameter = name, parameters[mutant["parameter"]]
            sent[parameter] += 1
            self.assertIn(mutant["how"], ("refused", "ended"), parameter)
        self.assertEqual(counted, dict(sent))
        wanted = {(name, parameter) for name, parameters in rows for parameter in parameters}
        self.assertEqual(wanted - set(sent), ANYTHING_GOES)


if __name__ == "__main__":
    harness.main()
