#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Compare the ABI headers with two outsiders, and print KTAP.

A wrong offset in include/hvabi would be wrong in the driver and in the test hypervisor alike,
and everything would seem to work.  So all that bears the same name elsewhere is compared:
sizes, members' first bits and widths, constants.  The outsiders are Linux 7.3's <hyperv/...>
and <linux/mshv.h>, and the mshv-bindings crate that virtual machine monitors are built with.
"""

import argparse
import os
import re
import sys
import tempfile

import crate
import elf

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
INCLUDE = os.path.join(TOP, "include")

# Fewer names in common than this means that the comparison itself broke.
FLOOR = {
    ("linux", "hvabi"): {"types": 155, "members": 900, "constants": 650},
    ("linux", "uapi"): {"types": 12, "members": 50, "constants": 60},
    ("crate", "hvabi"): {"types": 90, "members": 780, "constants": 580},
    ("crate", "uapi"): {"types": 12, "members": 50, "constants": 40},
}


class Report:
    def __init__(self):
        self.results = []

    def result(self, good, name, notes=()):
        self.results.append((("ok" if good else "not ok"), name, list(notes)))

    def skip(self, name, why):
        self.results.append(("ok", name + " # SKIP " + why, []))

    def print(self):
        print("KTAP version 1\n1..%d" % len(self.results))
        for number, (word, name, notes) in enumerate(self.results, 1):
            for note in notes:
                print("# " + note)
            print("%s %d - %s" % (word, number, name))
        return any(word != "ok" for word, _, _ in self.results)


class Exceptions:
    def __init__(self, path):
        self.reasons = {}
        self.used = set()
        with open(path) as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    outsider, kind, name, reason = line.split(None, 3)
                    self.reasons[outsider, kind, name] = reason.strip()

    def allows(self, outsider, kind, name):
        key = (outsider, kind, name)
        if key in self.reasons:
            self.used.add(key)
        return key in self.reasons

    def stale(self, outsiders):
        return [" ".join(key) for key in self.reasons if key not in self.used and key[0] in outsiders]


class Side:
    """One party: types, and constants by name on demand."""

    def __init__(self, types, names, constants):
        self.types, self.names, self.constants = types, names, constants


def side_of_source(source):
    return Side(source.types(), source.constant_names(), source.constants)


def side_of_crate(folder):
    package = crate.Crate(folder)
    values = package.constants()
    return Side(package.types(), set(values), lambda names: {n: values[n] for n in names})


def differences_of_types(ours, theirs):
    """(types, members) compared, and what differs."""
    types = sorted(set(ours) & set(theirs))
    members, found = 0, []
    for name in types:
        if ours[name][0] != theirs[name][0]:
            found.append(("type", name, "%d bytes, theirs %d" % (ours[name][0], theirs[name][0])))
        for path in sorted(set(ours[name][1]) & set(theirs[name][1])):
            members += 1
            mine, other = ours[name][1][path], theirs[name][1][path]
            if mine != other:
                found.append(("member", name + "." + path, "bit %d, %d wide; theirs bit %d, %d wide" % (mine + other)))
    return len(types), members, found


def differences_of_constants(ours, theirs):
    names = ours.names & theirs.names
    mine, other = ours.constants(names), theirs.constants(names)
    found = [("constant", n, "%#x, theirs %#x" % (mine[n], other[n])) for n in sorted(names)
             # An enumerator of -1 is as wide as its enum, a macro as wide as its type.
             if mine[n] != other[n] and mine[n] & 0xffffffff != other[n] & 0xffffffff]
    return len(names), found


def compare(report, exceptions, outsider, part, ours, theirs):
    types, members, found = differences_of_types(ours.types, theirs.types)
    constants, more = differences_of_constants(ours, theirs)
    counts = {"types": types, "members": members, "constants": constants}
    for kinds, label in ((("type", "member"), "layouts"), (("constant",), "constants")):
        notes = ["%s: ours has %s" % (name, text) for kind, name, text in found + more
                 if kind in kinds and not exceptions.allows(outsider, kind, name)]
        if label == "layouts":
            size = "%d types, %d members" % (types, members)
        else:
            size = "%d names" % constants
        report.result(not notes, "%s: %s as in %s (%s)" % (part, label, outsider, size), notes)
    few = ["%s: %d compared, expected at least %d" % (what, counts[what], least)
           for what, least in FLOOR[outsider, part].items() if counts[what] < least]
    report.result(not few, "%s: enough in common with %s" % (part, outsider), few)


def our_source(part, folder, include=INCLUDE):
    includes = {"hvabi": ["<hvabi/hvabi.h>"], "uapi": ["<hvabi/mshv.h>"]}[part]
    return elf.Source("our " + part, includes, ["-I" + include], folder)


def linux_source(part, headers, folder):
    """Linux's own, without the rest of the kernel's include path."""
    words = ["-I" + os.path.join(HERE, "shim")]
    if part == "uapi":
        path = os.path.join(headers, "include", "uapi", "linux", "mshv.h")
        return elf.Source("linux uapi", ["<linux/bits.h>", "<linux/ioctl.h>", '"%s"' % path], words, folder)
    path = os.path.join(headers, "include", "hyperv", "hvhdk.h")
    return elf.Source("linux hvabi", ['"%s"' % path], words, folder)


def check_change_is_seen(report, theirs, folder):
    """The comparison must notice one member and one constant that are wrong."""
    changed = os.path.join(folder, "changed")
    edits = {"vp.h": ("__u64 time_slice;", "__u32 time_slice;"),
             "message.h": ("HVMSG_GPA_INTERCEPT\t\t\t= 0x80000001", "HVMSG_GPA_INTERCEPT\t\t\t= 0x80000009")}
    os.makedirs(os.path.join(changed, "hvabi"))
    for name in os.listdir(os.path.join(INCLUDE, "hvabi")):
        with open(os.path.join(INCLUDE, "hvabi", name)) as file:
            text = file.read()
        if name in edits:
            assert edits[name][0] in text, name
            text = text.replace(*edits[name])
        text = re.sub(r"_Static_assert\(", "_Static_assert(1 || ", text)
        with open(os.path.join(changed, "hvabi", name), "w") as file:
            file.write(text)
    side = side_of_source(our_source("hvabi", folder, changed))
    names = {n for _, n, _ in differences_of_types(side.types, theirs.types)[2] + differences_of_constants(side, theirs)[1]}
    report.result({"hv_input_dispatch_vp", "hv_input_dispatch_vp.time_slice", "HVMSG_GPA_INTERCEPT"} <= names,
                  "a wrong member and a wrong constant are noticed", sorted(names))


def golden_lines(ours):
    """What must never change: numbers of the ioctls, sizes of their arguments, places of the fields."""
    values = ours.constants({n for n in ours.names if re.match(r"MSHV_[A-Z_]+$", n)})
    ioctls = [(v, n) for n, v in values.items() if v >> 8 & 0xff == 0xb8]
    lines = ["GOLDEN_IOCTL(%s, 0x%08x);" % (n, v & 0xffffffff) for v, n in sorted(ioctls, key=lambda i: (i[0] & 0xff, i[1]))]
    for name in sorted(n for n in ours.types if n.startswith("mshv_")):
        size, fields = ours.types[name]
        lines.append("GOLDEN_SIZE(%s, %d);" % (name, size))
        for field, (bit, bits) in sorted(fields.items(), key=lambda f: f[1]):
            if bits:
                lines.append("GOLDEN_FIELD(%s, %s, %d, %d);" % (name, field, bit // 8, bits // 8))
            else:
                lines.append("GOLDEN_TAIL(%s, %s, %d);" % (name, field, bit // 8))
    return lines


def check_golden(report, ours):
    """That the lines are true is asserted where the module is built; here, that none is missing."""
    with open(os.path.join(TOP, "drivers", "hv_root", "uapi_golden.c")) as file:
        wanted = re.findall(r"^GOLDEN_.*;$", file.read(), re.M)
    have = golden_lines(ours)
    notes = ["not in the header: " + line for line in wanted if line not in have]
    notes += ["not in uapi_golden.c: " + line for line in have if line not in wanted]
    report.result(not notes, "uapi: ioctl numbers, sizes and offsets as ever (%d)" % len(wanted), notes)


def check_ours_is_read(report, headers, folder):
    """Also where, as in kbuild, the kernel's folders come first."""
    flags = ["-I" + os.path.join(HERE, "shim")]
    flags += ["-I" + os.path.join(headers, "include", d) for d in ("hyperv", "uapi")] if headers else []
    source = elf.Source("ours read", ["<hvabi/hvabi.h>", "<hvabi/mshv.h>"], flags + ["-I" + INCLUDE], folder)
    names = ("hvabi/", "mshv.h", "hyperv")
    other = [f for f in source.files() if any(n in f for n in names) and not os.path.realpath(f).startswith(INCLUDE)]
    report.result(not other, "our headers are read where the kernel's come first", other)
    for part, first in (("hvabi", "_HV_HVGDK_MINI_H"), ("uapi", "_UAPI_LINUX_MSHV_H")):
        source = our_source(part, folder)
        source.text = "#define %s\n" % first + source.text
        try:
            source.files()
            report.result(False, "%s: stops if the kernel's was read before" % part)
        except RuntimeError as stopped:
            report.result("#error" in str(stopped), "%s: stops if the kernel's was read before" % part)


def check_each_header(report, folder):
    """Each compiles alone, as a program's, and without any C library."""
    bare = ["-ffreestanding", "-nostdinc", "-DHVABI_FREESTANDING", "-I" + INCLUDE]
    notes = []
    for name in sorted(os.listdir(os.path.join(INCLUDE, "hvabi"))):
        for flags in [["-I" + INCLUDE]] + ([bare] if name != "mshv.h" else []):
            line = "#include <hvabi/%s>\n" % name
            try:
                elf.run([elf.CC, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags, "-xc", "-"], line)
            except RuntimeError as failed:
                notes += str(failed).splitlines()
    report.result(not notes, "each header compiles alone, hosted and freestanding", notes)


def check_drivers(report):
    """Kernel code must name the user space interface by the path that is ours alone."""
    notes = []
    for folder, _, files in os.walk(os.path.join(TOP, "drivers")):
        for name in (f for f in files if f.endswith((".c", ".h"))):
            path = os.path.join(folder, name)
            with open(path) as file:
                for number, line in enumerate(file, 1):
                    if re.match(r"\s*#\s*include\s*[<\"](uapi/)?linux/mshv\.h", line):
                        notes.append("%s:%d: %s" % (os.path.relpath(path, TOP), number, line.strip()))
    report.result(not notes, "drivers include the interface as <hvabi/mshv.h>", notes)


def compare_linux(report, exceptions, ours, headers, folder):
    if not os.path.exists(os.path.join(headers, "include", "hyperv", "hvhdk.h")):
        report.result(False, "linux: %s has include/hyperv" % headers)
        return
    for part in ours:
        theirs = side_of_source(linux_source(part, headers, folder))
        compare(report, exceptions, "linux", part, ours[part], theirs)
        if part == "hvabi":
            check_change_is_seen(report, theirs, folder)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--linux-headers", metavar="DIR", help="where include/hyperv and include/uapi are")
    parser.add_argument("--crate", metavar="DIR", help="unpacked mshv-bindings")
    parser.add_argument("--no-crate", metavar="WHY", help="why there is no crate")
    parser.add_argument("--golden", action="store_true", help="print the lines of drivers/hv_root/uapi_golden.c")
    return parser.parse_args()


def main():
    args = arguments()
    report, exceptions = Report(), Exceptions(os.path.join(HERE, "exceptions"))
    with tempfile.TemporaryDirectory() as folder:
        ours = {part: side_of_source(our_source(part, folder)) for part in ("hvabi", "uapi")}
        if args.golden:
            print("\n".join(golden_lines(ours["uapi"])))
            return 0
        check_each_header(report, folder)
        check_ours_is_read(report, args.linux_headers, folder)
        check_drivers(report)
        check_golden(report, ours["uapi"])
        outsiders = {"linux"}
        compare_linux(report, exceptions, ours, args.linux_headers, folder)
        if args.crate:
            theirs = side_of_crate(args.crate)
            outsiders.add("crate")
            for part in ours:
                compare(report, exceptions, "crate", part, ours[part], theirs)
        else:
            report.skip("mshv-bindings", args.no_crate or "no --crate given")
    stale = exceptions.stale(outsiders)
    report.result(not stale, "every exception is needed", stale)
    return report.print()


if __name__ == "__main__":
    sys.exit(main())
