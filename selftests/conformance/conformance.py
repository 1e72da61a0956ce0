#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Write Documentation/conformance.rst: what our driver and the kernel's own do in the same tests.

Both run on the same kernel and the same test hypervisor.  Everything comes from the results of
those runs, from the upstream.expect of each suite, and from the list of weaknesses; nothing that
differs from run to run may get in, because `make check` compares the document with what it finds.
"""
import argparse
import fnmatch
import pathlib
import re
import sys
import textwrap

WIDTH = 96


class Row:
    """A result of a test, over all the runs that it is in: what came out for whom."""

    def __init__(self):
        self.kinds = {"hv_root": set(), "upstream": set()}

    def said(self, driver):
        return " or ".join(sorted(self.kinds[driver])) or "none"


class Expectation:
    def __init__(self, line, where):
        fields = line.split("\t")
        if len(fields) != 3:
            sys.exit(f"{where}: three fields, separated by tabs: {line}")
        self.glob, self.weakness, self.words = fields
        # fnmatch has more special characters than our globs.
        self.pattern = re.compile(fnmatch.translate(re.sub(r"([\[?])", r"[\1]", self.glob)))
        self.met = False


def read_expectations(suite):
    path = suite / "upstream.expect"
    lines = path.read_text().splitlines()
    return [Expectation(line, path) for line in lines if line and not line.startswith("#")]


def read_weaknesses(path):
    """Paragraphs, each "number. text"; one that begins with "Not shown:" belongs to the one before."""
    weaknesses = {}
    number = None
    for paragraph in path.read_text().split("\n\n"):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        text = " ".join(" ".join(lines).split())
        if not text:
            continue
        if text.startswith("Not shown:"):
            weaknesses[number][1] = text
            continue
        number, _, text = text.partition(". ")
        weaknesses[number] = [text, None]
    return weaknesses


def read_run(path):
    """(kind, name) of each line; the words before the first ": " name the run."""
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition("\t")
        yield kind, rest.partition(": ")[2]


def without_reason(name, known):
    """A failure's name is followed by its reason; the names of passes tell where it begins."""
    parts = name.split(": ")
    for count in range(len(parts), 0, -1):
        if ": ".join(parts[:count]) in known:
            return ": ".join(parts[:count])
    return name


def collect(logs, runs, compared):
    """Rows by suite and name, in the order in which our driver's runs have them."""
    tests = {(path.parent.name, path.stem) for path in compared}
    rows = {}
    for driver in ("hv_root", "upstream"):
        for run, suite in (entry[:2] for entry in runs if entry[2] == driver):
            of_suite = rows.setdefault(suite, {})
            path = logs / run / ("raw" if driver == "upstream" else "results")
            for kind, name in read_run(path):
                # A test that is not compared may share a boot with one that is.
                if "/" in name and (suite, name.partition("/")[0]) not in tests:
                    continue
                if kind == "fault":
                    name = name.replace(": as a whole", "/as a whole")
                if kind not in ("pass", "skip"):
                    name = without_reason(name, of_suite)
                of_suite.setdefault(name, Row()).kinds[driver].add(kind)
    return rows


def read_list(path):
    """Of each run that has a twin: its name, its suite, its driver.  And the files of its tests."""
    entries = {}
    compared = set()
    for line in path.read_text().splitlines():
        run, file, _, _, _, driver = line.split("\t")
        entries[run] = (run, pathlib.Path(file).parent.name, driver)
        if driver == "upstream":
            compared.add(pathlib.Path(file))
    twins = {run[: -len(".upstream")] for run in entries if run.endswith(".upstream")}
    return [entry for run, entry in sorted(entries.items())
            if run in twins or run.endswith(".upstream")], compared


def paragraph(text, indent=""):
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def plain(text):
    """Without what reStructuredText would take for markup."""
    return re.sub(r"([\\\\*`_|])", r"\\\1", text)


def heading(text, mark):
    return [text, mark * len(text), ""]


INTRO = """\
.. SPDX-License-Identifier: GPL-2.0-only
.. Written by "make conformance"; do not edit.

=====================================
Our driver and upstream's, side by side
=====================================

Linux 7.3 has a driver for ``/dev/mshv`` of its own, ``mshv_root``. The suites named here run twice
on the same 7.3 kernel, built from Debian's source, and on the same test hypervisor: once with
``hv_root``, once with ``mshv_root``. Programs cannot tell which of the two they have, other than by
what follows.

``pass`` and ``fail`` are a test's results; ``fault`` means that the machine did not survive the run,
or that its kernel complained; ``none`` that the test did not come so far. Each failure of
``mshv_root`` is asserted: the tests fail if it passes where this document says that it fails, and if
it fails where the document does not. ``make conformance`` writes the document, and ``make check``
fails if the committed one is not what its runs say.
""".replace("=====================================", "=" * 39)


def intro(rows):
    both = sum(1 for suite in rows.values() for row in suite.values())
    fails = sum(1 for suite in rows.values() for row in suite.values()
                if row.kinds["upstream"] - {"pass", "skip"})
    return INTRO.splitlines() + ["", paragraph(
        f"Of {both} results {fails} are not what the interface says when ``mshv_root`` runs."), ""]


def shown_by(number, expectations):
    """Suites and tests, in order, in which the weakness can be seen."""
    tests = []
    for suite, of_suite in expectations.items():
        for expectation in of_suite:
            name, _, result = expectation.glob.partition("/")
            test = f"``{suite}/{name}``"
            if expectation.weakness == number and result and test not in tests:
                tests.append(test)
    return tests


def weakness_section(weaknesses, expectations):
    out = heading("Weaknesses of mshv_root", "=")
    shown = sum(1 for number in weaknesses if shown_by(number, expectations))
    out += [paragraph("Found by reading its source and by running it. "
                      f"{shown} of {len(weaknesses)} are shown by a test."), ""]
    for number, (text, reason) in weaknesses.items():
        tests = shown_by(number, expectations)
        if bool(tests) == bool(reason):
            sys.exit(f"weakness {number}: shown by {len(tests)} tests, and the reason why not is: {reason}")
        out += [f"**{number}.**", paragraph(text, "    "), "",
                paragraph(reason or "Shown by " + ", ".join(tests) + ".", "    "), ""]
    return out


def expectation_of(name, expectations):
    for expectation in expectations:
        if expectation.pattern.match(name):
            expectation.met = True
            return expectation
    return None


def difference_section(rows, expectations):
    out = heading("Where they differ", "=")
    for suite, of_suite in rows.items():
        out += heading(suite, "-")
        for name, row in of_suite.items():
            found = expectation_of(name, expectations[suite])
            if not found and row.kinds["hv_root"] == row.kinds["upstream"]:
                continue
            words = f"{found.words} (weakness {found.weakness})." if found else \
                f"hv_root: {row.said('hv_root')}, mshv_root: {row.said('upstream')}."
            out += [f"``{name}``", paragraph(words, "    "), ""]
    return out


def reason_of(path):
    """Why a test does not run with upstream's driver; where it could, it has to say so."""
    text = path.read_text()
    found = re.search('^UPSTREAM="(.+)"$', text, re.MULTILINE)
    if found:
        return found[1]
    if re.search('^KERNELS=.*[" ]7[.]3[" ]', text, re.MULTILINE):
        sys.exit(f"{path} does not run with mshv_root, and does not say why: UPSTREAM=")
    return "Not run on the kernel that mshv_root is in."


def alone_section(suites, names, compared):
    out = heading("Not compared", "=")
    out += ["The other tests of these suites run with our driver alone.", ""]
    tests = {}
    for name in names:
        for path in sorted((suites / name).glob("*.test")):
            if path not in compared:
                tests.setdefault(reason_of(path), []).append(f"``{name}/{path.stem}``")
    for reason, of_reason in tests.items():
        out += [paragraph(", ".join(of_reason)), paragraph(reason, "    "), ""]
    return out


def table_section(rows):
    out = heading("All results", "=")
    for suite, of_suite in rows.items():
        out += heading(suite + ", result by result", "-")
        width = max(len(plain(name)) for name in of_suite)
        rule = f"{'=' * 12}  {'=' * 12}  {'=' * width}"
        out += [rule, f"{'hv_root':12}  {'mshv_root':12}  result", rule]
        for name, row in of_suite.items():
            out.append(f"{row.said('hv_root'):12}  {row.said('upstream'):12}  {plain(name)}")
        out += [rule, ""]
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("suites", "weaknesses", "logs", "list"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    args = parser.parse_args()
    runs, compared = read_list(args.list)
    rows = collect(args.logs, runs, compared)
    expectations = {suite: read_expectations(args.suites / suite) for suite in rows}
    weaknesses = read_weaknesses(args.weaknesses)
    document = intro(rows) + weakness_section(weaknesses, expectations)
    document += difference_section(rows, expectations)
    document += alone_section(args.suites, rows, compared) + table_section(rows)
    for suite, of_suite in expectations.items():
        for expectation in of_suite:
            if not expectation.met:
                sys.exit(f"{suite}/upstream.expect: no result is called {expectation.glob}")
            if expectation.weakness not in weaknesses:
                sys.exit(f"{suite}/upstream.expect: there is no weakness {expectation.weakness}")
    print("\n".join(document).rstrip("\n"))


if __name__ == "__main__":
    main()
