# SPDX-License-Identifier: GPL-2.0-only
"""
What a C compiler makes of a header: layouts of all its types, values of its constants.

Types are read from debug information, which has them as the compiler laid them out, bit
fields included; constants are printed by a program.  Nothing here parses C.

A type is (size, {path: (first bit, bits)}).  Members of unnamed members belong to the type
itself; members of a member whose type has no name are "member.inner".
"""

import os
import re
import subprocess

CC = os.environ.get("CC", "gcc")
# Without the last flag only types that the program uses would be described.
FLAGS = ["-std=gnu11", "-g", "-gdwarf-5", "-fno-eliminate-unused-debug-types", "-w"]


def run(command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("%s:\n%s" % (" ".join(command), done.stderr))
    return done.stdout


class Source:
    """A few #include lines and the flags they need."""

    def __init__(self, name, includes, flags, folder):
        self.name = name
        self.text = "".join('#include %s\n' % i for i in includes)
        self.flags = FLAGS + flags
        self.base = os.path.join(folder, name.replace("/", "_").replace(" ", "_"))

    def compile(self, text, args, suffix):
        with open(self.base + suffix + ".c", "w") as out:
            out.write(text)
        run([CC, *self.flags, *args, self.base + suffix + ".c"])

    def types(self):
        self.compile(self.text, ["-c", "-o", self.base + ".o"], "-types")
        return Dies(run(["readelf", "--debug-dump=info", self.base + ".o"])).layouts()

    def constant_names(self):
        """Macros without parameters but with a body, and enumerators; not the compiler's own."""
        macros = run([CC, *self.flags, "-E", "-dM", "-xc", "-"], self.text)
        names = set(re.findall(r"^#define ([A-Z]\w*) \S", macros, re.M))
        self.compile(self.text, ["-c", "-o", self.base + ".o"], "-types")
        return names | Dies(run(["readelf", "--debug-dump=info", self.base + ".o"])).enumerators()

    def constants(self, names):
        lines = ['printf("%%s %%llu\\n", "%s", (unsigned long long)(%s));' % (n, n) for n in sorted(names)]
        text = self.text + "#include <stdio.h>\nint main(void)\n{\n\t" + "\n\t".join(lines) + "\n\treturn 0;\n}\n"
        self.compile(text, ["-o", self.base], "-constants")
        pairs = (line.split() for line in run([self.base]).splitlines())
        return {name: int(value) for name, value in pairs}

    def files(self):
        """Files that were read."""
        return run([CC, *self.flags, "-M", "-xc", "-"], self.text).replace("\\\n", " ").split()[1:]


class Dies:
    """Debug information entries of one object file, as readelf prints them."""

    def __init__(self, text):
        self.entries = {}
        self.order = []
        stack = []
        for line in text.splitlines():
            head = re.match(r" <(\w+)><(\w+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)", line)
            if head:
                depth = int(head[1], 16)
                entry = {"tag": head[3], "children": []}
                self.entries[int(head[2], 16)] = entry
                self.order.append(entry)
                del stack[depth:]
                if stack:
                    stack[-1]["children"].append(entry)
                stack.append(entry)
                continue
            attribute = re.match(r"\s+<\w+>\s+DW_AT_(\w+)\s*: (.*)", line)
            if attribute and stack:
                stack[-1][attribute[1]] = attribute[2].strip()

    @staticmethod
    def name(entry):
        # "(indirect string, offset: 0x12): text" or just "text"
        return re.sub(r"^\(.*?\): ", "", entry.get("name", ""))

    @staticmethod
    def number(entry, key, default=0):
        return int(entry[key].split()[0], 0) if key in entry else default

    def type_of(self, entry):
        """What an entry's type is, behind typedefs and qualifiers."""
        while True:
            entry = self.entries[int(entry["type"].strip("<>"), 16)]
            if entry["tag"] not in ("typedef", "const_type", "volatile_type"):
                return entry

    def size(self, entry):
        if entry["tag"] != "array_type":
            return self.number(entry, "byte_size", 8)
        size = self.size(self.type_of(entry))
        for child in entry["children"]:
            if child["tag"] == "subrange_type":
                size *= self.number(child, "count", self.number(child, "upper_bound", -1) + 1)
        return size

    def add_members(self, aggregate, prefix, first, fields):
        for member in aggregate["children"]:
            if member["tag"] != "member":
                continue
            kind = self.type_of(member)
            name = self.name(member)
            start = first + self.number(member, "data_member_location") * 8
            start += self.number(member, "data_bit_offset")
            if name:
                fields[prefix + name] = (start, self.number(member, "bit_size", self.size(kind) * 8))
            if kind["tag"] in ("structure_type", "union_type") and not self.name(kind):
                self.add_members(kind, prefix + name + "." if name else prefix, start, fields)

    def layouts(self):
        found = {}
        for entry in self.order:
            if entry["tag"] in ("structure_type", "union_type") and self.name(entry) and "byte_size" in entry:
                fields = {}
                self.add_members(entry, "", 0, fields)
                found[self.name(entry)] = (self.number(entry, "byte_size"), fields)
        return found

    def enumerators(self):
        return {self.name(e) for e in self.order if e["tag"] == "enumerator"}
