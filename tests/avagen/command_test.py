#!/usr/bin/python3
"""avagen as a command: exit statuses, what it writes, what it leaves alone. command_test.py AVAGEN"""

import json
import pathlib
import re
import shutil
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
                                   "toy_double.cc", "toy_double.link",
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

    def diff(self, old, new):
        paths = []
        for name, text in (("old", old), ("new", new)):
            folder = self.folder / name
            folder.mkdir(exist_ok=True)
            for file, content in text.items():
                (folder / file).write_text(content)
            paths.append(folder / next(iter(text)))
        return avagen("diff", *paths)

    def test_diff_of_headers_says_whether_programs_still_work(self):
        old = {"api.h": "int f(int a); int g(int a); int h(void);"}
        same = self.diff(old, {"api.h": "typedef int t; t f(t other); int g(int a); int h(void);"})
        self.assertEqual(same.returncode, 0, same.stdout)
        more = self.diff(old, {"api.h": old["api.h"] + "int i(void);"})
        self.assertEqual(more.returncode, 0)
        self.assertIn("added i\n1 added, 0 removed, 0 changed\n", more.stdout)
        other = self.diff(old, {"api.h": "long f(int a); int g(int a);"})
        self.assertEqual(other.returncode, 1)
        self.assertIn("changed f\n  int (int) -> long (int)\nremoved h\n", other.stdout)
        self.assertIn("may not work", other.stdout)
        self.assertEqual(self.diff(old, {"api.h": "int f("}).returncode, 2)

    def test_diff_of_specifications_says_whether_old_guests_still_work(self):
        header = "int f(int a, const char* b); int g(int a);"
        spec = '#include "api.h"\napi(x); type(int) { success(0); lost(-1); }\n'
        old = {"x.ava": spec + "int f(int a, const char* b);\nint g(int a);\n", "api.h": header}
        policy = old | {"x.ava": old["x.ava"].replace("g(int a);", "g(int a) { check(a < 7); }")}
        done = self.diff(old, policy)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("changed g\n  check: nothing -> (a < 7);", done.stdout)
        self.assertIn("the wire is the same", done.stdout)
        wire = old | {"x.ava": old["x.ava"].replace("b);", "b) { parameter(b) { buffer(3); } }")}
        done = self.diff(old, wire)
        self.assertEqual(done.returncode, 1)
        self.assertIn("b: kind: string -> in", done.stdout)
        self.assertIn("what both compute differs", done.stdout)
        wider = {"x.ava": old["x.ava"].replace("int a)", "long a)"),
                 "api.h": header.replace("int a)", "long a)")}
        done = self.diff(old, wider)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the wire differs", done.stdout)
        less = old | {"x.ava": spec + "int f(int a, const char* b);\n"}
        done = self.diff(old, less)
        self.assertEqual(done.returncode, 1)
        self.assertIn("covered: yes -> no", done.stdout)
        self.assertIn("may not work", done.stdout)

    def test_coverage_reads_what_programs_import(self):
        # avagen itself is a program: it imports these two from the C library.
        (self.folder / "c.h").write_text(
            "unsigned long strlen(const char* text); int close(int file); int unheard_of(int a);")
        spec = self.folder / "c.ava"
        text = '#include "c.h"\ntype(int) { lost(-1); }\ntype(unsigned long) { lost(0); }\n'
        spec.write_text(text + "unsigned long strlen(const char* text);\n")
        programs = self.folder / "programs"
        programs.mkdir()
        shutil.copy(AVAGEN, programs / "tool")
        (programs / "notes.txt").write_text("close")
        (programs / "broken").write_bytes(AVAGEN.read_bytes()[:2000])
        done = avagen("coverage", "--spec", spec, programs, "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual((found["files"], found["programs"], found["complete"]), (3, 1, 0))
        self.assertEqual(found["weighted_completeness"], 0)
        rows = {row["name"]: row for row in found["functions"]}
        self.assertEqual(rows["strlen"]["covered"], True)
        self.assertEqual(rows["close"]["programs"], [str(programs / "tool")])
        self.assertNotIn("unheard_of", rows)
        self.assertRegex(avagen("coverage", "--spec", spec, programs).stdout, r"NO +close\n")
        # A survey says how much a function matters; a program that weighs nothing takes nothing away.
        weights = self.folder / "weights.tsv"
        weights.write_text("# functions (of 10)\nclose\t4\ntool\t0\n")
        done = avagen("coverage", "--spec", spec, programs, "--popularity", weights, "--json")
        rows = {row["name"]: row for row in json.loads(done.stdout)["functions"]}
        self.assertEqual(rows["close"]["importance"], 0.4)
        self.assertEqual(json.loads(done.stdout)["weighted_completeness"], 1)
        spec.write_text(text + "unsigned long strlen(const char* text);\nint close(int file);\n")
        self.assertEqual(avagen("coverage", "--spec", spec, programs).returncode, 0)
        self.assertEqual(avagen("coverage", "--spec", spec, programs / "none").returncode, 2)

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
