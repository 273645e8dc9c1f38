"""Initramfs images for test guests, made from this machine's own files: busybox, a kernel of the
distribution's, programs with the libraries they load, and an agent that runs what a test asks for.

An image is a cpio archive ("newc") in memory; nothing here needs root or a tool of its own.
"""
import os
import pathlib
import re
import stat
import subprocess

BUSYBOX = pathlib.Path("/bin/busybox")


def kernels():
    """Versions of Debian's cloud kernel with image and headers installed, the newest last."""
    found = [path.name.removeprefix("vmlinuz-")
             for path in pathlib.Path("/boot").glob("vmlinuz-*-cloud-amd64")
             if pathlib.Path("/lib/modules", path.name.removeprefix("vmlinuz-"), "build").exists()]
    return sorted(found, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])


# The first process. The agent listens on the second serial port: each line is a job's name and a
# shell script in base64. A job runs in the background, its process id in /run/NAME.pid; at its end
# one line comes back: its name, exit status, output and errors, the last two in base64.
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8
mkdir -p /proc /sys /dev /run /tmp /root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# All is in memory already. Nothing is mounted over folders in which the host may have its build.
chmod 1777 /tmp
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
[ -e /etc/start ] && . /etc/start
case "$(cat /proc/cmdline)" in *ava.shell*)
  cat /etc/motd
  setsid cttyhack sh -l
  poweroff -f
esac
stty -F /dev/ttyS1 raw -echo
exec <>/dev/ttyS1 >&0
job() {
  (echo "$2" | base64 -d >/run/$1.sh; exec sh /run/$1.sh) </dev/null >/run/$1.out 2>/run/$1.err &
  echo $! >/run/$1.pid
  wait $!
  result=$?
  (echo "$1 $result $(base64 -w 0 /run/$1.out) $(base64 -w 0 /run/$1.err)") >/run/$1.end
  until mkdir /run/port 2>/dev/null; do usleep 2000; done
  cat /run/$1.end
  rmdir /run/port
}
echo ready 0
# A shell whose child ends forgets the part of a line that it has read; out of a pipe, lines come
# whole.
awk '{ print; fflush() }' | while read -r name script; do
  job $name $script &
done
"""


class Image:
    """Files of a guest, by their path in it."""

    def __init__(self):
        self._entries = {}  # path: (mode, bytes)
        self.file(BUSYBOX)
        self.text("/init", INIT, 0o755)
        self.text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                                 "alice:x:1000:1000:alice:/tmp:/bin/sh\n"
                                 "bob:x:1001:1001:bob:/tmp:/bin/sh\n")
        self.text("/etc/group", "root:x:0:\nalice:x:1000:\nbob:x:1001:\n")

    def text(self, path, content, mode=0o644):
        self._put(path, stat.S_IFREG | mode, content.encode())

    def file(self, source, path=None):
        """Copies a file; links become what they point to."""
        source = pathlib.Path(source)
        mode = stat.S_IFREG | (source.stat().st_mode & 0o777)
        self._put(path or source, mode, source.read_bytes())

    def program(self, source, path=None):
        """A program or library, and the libraries that it loads at its start."""
        self.file(source, path)
        for library in libraries(source):
            if library not in self._entries:
                self.file(library)

    def tree(self, folder, without=()):
        """A folder with all below it, but for names in `without`; libraries bring theirs."""
        for parent, folders, names in os.walk(folder, followlinks=True):
            folders[:] = [name for name in folders if name not in without]
            for name in names:
                path = pathlib.Path(parent, name)
                if name in without or not path.is_file():
                    continue
                if ".so" in path.suffixes:
                    self.program(path)
                else:
                    self.file(path)

    def _put(self, path, mode, content):
        for parent in reversed(pathlib.PurePosixPath(path).parents):
            self._entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))
        self._entries[str(path)] = (mode, content)

    def write(self, path):
        """Writes the archive: for each entry a header of numbers in hexadecimal, name, content."""
        with open(path, "wb") as archive:
            for inode, (name, (mode, content)) in enumerate(
                    [*self._entries.items(), ("TRAILER!!!", (0, b""))], 1):
                name = name.lstrip("/").encode() or b"."
                links = 2 if stat.S_ISDIR(mode) else 1
                numbers = (inode, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
                head = b"070701" + b"".join(b"%08X" % number for number in numbers) + name + b"\0"
                archive.write(head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))


def libraries(program):
    """The absolute paths of the libraries that the loader would load for a program."""
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    return re.findall(r"(/\S+) \(0x", listed.stdout)
