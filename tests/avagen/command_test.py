#!/usr/bin/python3
"""avagen as a command: exit statuses, what it writes, what it leaves alone. command_test.py AVAGEN"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

AVAGEN = pathlib.Path(sys.argv.pop())
HERE = pathlib.Path(__file__).resolve().parent
TOY = HERE.parent / "toy" / "toy.ava"


def avagen(*arguments):
    return subprocess.run([AVAGEN, *map(str, arguments)], capture_output=True, text=True)


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_help_lists_commands_and_annotations(self):
        done = avagen("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("generate", "check", "explain", "Exit status", "buffer", "deallocates"):
            self.assertIn(word, done.stdout)
        self.assertIn("--depfile", avagen("generate", "--help").stdout)

    def test_wrong_usage_is_status_2_and_points_at_the_help(self):
        for arguments in ((), ("frobnicate", TOY), ("generate", TOY), ("check",),
                          ("check", TOY, "-o", "x"), ("generate", TOY, "-o"),
                          ("check", TOY, "--nonsense"), ("check", TOY, TOY)):
            done = avagen(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("--help", done.stderr)

    def test_an_error_is_status_1_and_writes_nothing(self):
        out = self.folder / "out"
        done = avagen("generate", HERE / "bad" / "AG0017.ava", "-o", out)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error AG0017: 'data' has no length", done.stderr)
        self.assertFalse(out.exists())

    def test_a_specification_that_is_not_there_is_status_1(self):
        done = avagen("check", self.folder / "nothing.ava")
        self.assertEqual(done.returncode, 1)
        self.assertIn("AG0005: cannot read", done.stderr)

    def test_a_folder_that_cannot_be_made_is_status_2(self):
        blocked = self.folder / "file"
        blocked.write_text("")
        done = avagen("generate", TOY, "-o", blocked / "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot make", done.stderr)

    def test_generate_writes_the_package_and_a_depfile(self):
        out = self.folder / "new" / "out"
        done = avagen("generate", TOY, "-o", out, "--depfile", self.folder / "toy.d")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        written = {path.name for path in out.iterdir()}
        self.assertEqual(written, {"toy.fbs", "toy_api.h", "toy_guest.h", "toy_guest.cc",
                                   "toy_router.cc", "toy_server.cc", "toy_mutations.cc",
                                   "toy.json", "api-report.md"})
        target, needed = (self.folder / "toy.d").read_text().split(":", 1)
        self.assertEqual(target, str(out / "toy.fbs"))
        self.assertIn(str(TOY), needed.split())
        self.assertIn(str(TOY.parent / "toy.h"), map(str, map(pathlib.Path, needed.split())))

    def test_unchanged_files_are_left_alone(self):
        avagen("generate", TOY, "-o", self.folder)
        before = {path: path.stat().st_mtime_ns for path in self.folder.iterdir()}
        (self.folder / "toy_guest.cc").write_text("changed")
        avagen("generate", TOY, "-o", self.folder)
        after = {path: path.stat().st_mtime_ns for path in self.folder.iterdir()}
        different = {path.name for path in after if after[path] != before[path]}
        self.assertEqual(different, {"toy_guest.cc"})

    def test_check_counts_what_is_covered_and_what_is_written_by_hand(self):
        done = avagen("check", HERE / "acme" / "acme.ava")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^\d+ functions covered, \d+ unsupported, "
                                      r"2 replaced by hand, \d+ lines written by hand\n")
        self.assertIn("acme_version (guest): the library's own number", done.stdout)
        self.assertIn("acme_stats (server): counted by hand", done.stdout)

    def test_check_as_json_for_editors(self):
        done = avagen("check", HERE / "bad" / "AG0017.ava", "--json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        found, = json.loads(done.stdout)["diagnostics"]
        self.assertEqual((found["number"], found["severity"]), ("AG0017", "error"))
        self.assertEqual(found["message"], "'data' has no length")
        self.assertEqual((found["line"], found["end_line"]), (4, 4))
        line = (HERE / "bad" / "AG0017.ava").read_text().splitlines()[3]
        self.assertEqual(line[found["column"] - 1:found["end_column"] - 1], "data")
        clean = json.loads(avagen("check", TOY, "--json").stdout)
        self.assertEqual(clean["diagnostics"], [])
        self.assertEqual(clean["counts"]["unsupported"], 1)

    def test_only_unresolved_is_status_3(self):
        done = avagen("check", HERE / "bad" / "AG0035.ava")
        self.assertEqual(done.returncode, 3)
        self.assertIn("AG0035: 'to' is unresolved: in or out?", done.stderr)
        out = self.folder / "out"
        self.assertEqual(avagen("generate", HERE / "bad" / "AG0035.ava", "-o", out).returncode, 1)
        self.assertFalse(out.exists())

    def test_explain_prints_a_page_or_the_list(self):
        page = avagen("explain", "AG0017")
        self.assertEqual(page.returncode, 0)
        self.assertIn("# AG0017: a pointer without a length", page.stdout)
        self.assertEqual(avagen("explain", "17").stdout, page.stdout)
        self.assertIn("AG0035 error", avagen("explain").stdout)
        for number in ("AG9999", "AG", "nonsense"):
            none = avagen("explain", number)
            self.assertEqual((none.returncode, none.stdout), (2, ""))
            self.assertIn("there is no diagnostic", none.stderr)

    def test_init_writes_a_specification_that_check_accepts_but_for_the_unresolved(self):
        spec = self.folder / "toy.ava"
        done = avagen("init", TOY.parent / "toy.h", "-o", spec, "--library", "libtoy.so.1")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertRegex(done.stderr, r"^\d+ functions, \d+ parameters, \d+ of them unresolved\n$")
        self.assertIn('library("libtoy.so.1");', spec.read_text())
        checked = avagen("check", spec)
        self.assertEqual(checked.returncode, 3)
        numbers = set(re.findall(r"(?:error|warning) (AG\d+)", checked.stderr))
        self.assertEqual(numbers, {"AG0035"})
        again = avagen("init", TOY.parent / "toy.h", "-o", spec)
        self.assertEqual(again.returncode, 2)
        self.assertIn("is there already", again.stderr)

    def test_init_by_chapters_and_to_stdout(self):
        printed = avagen("init", TOY.parent / "toy.h")
        self.assertEqual(printed.returncode, 0)
        self.assertIn("toy_status toy_ctx_create(", printed.stdout)
        out = self.folder / "spec"
        self.assertEqual(avagen("init", TOY.parent / "toy.h", "-o", out, "--chapters").returncode, 0)
        self.assertEqual({path.name for path in out.iterdir()},
                         {"toy.ava", "ctx.ava", "job.ava", "general.ava"})
        self.assertEqual(avagen("init", self.folder / "none.h").returncode, 1)
        self.assertEqual(avagen("init", TOY.parent / "toy.h", "--chapters").returncode, 2)

    def test_folders_for_headers_and_specifications(self):
        (self.folder / "api.h").write_text("int f(void);")
        (self.folder / "shared.ava").write_text('#include "api.h"\ntype(int) { lost(-1); }')
        spec = self.folder / "sub" / "x.ava"
        spec.parent.mkdir()
        spec.write_text('include "shared.ava";\nint f(void);')
        self.assertEqual(avagen("check", spec).returncode, 1)
        self.assertEqual(avagen("check", spec, "-I", self.folder).returncode, 0)
        self.assertEqual(avagen("check", spec, f"-I{self.folder}").returncode, 0)


if __name__ == "__main__":
    unittest.main()
