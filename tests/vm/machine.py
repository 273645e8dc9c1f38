"""A virtual machine in QEMU: boots an image, runs shell scripts in it, and is controlled by QMP.

With KVM where it works, else QEMU's own translation (TCG): the same tests, only slower.
"""
import base64
import contextlib
import ctypes
import functools
import json
import os
import pathlib
import queue
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import harness
import image

QEMU = "qemu-system-x86_64"
# Under TCG, beside other tests, with python to load.
PATIENCE = 240  # seconds
PR_SET_PDEATHSIG = 1


def command(initrd, words="", memory=512):
    """What every machine has: no device but those asked for, and Debian's kernel."""
    version = image.kernels()[-1]
    return [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-m", str(memory),
            "-kernel", f"/boot/vmlinuz-{version}", "-initrd", str(initrd),
            "-append", f"console=ttyS0 quiet panic=-1 {words}"]


@functools.cache
def accelerator():
    """`-accel` and `-cpu`. A /dev/kvm that can be opened may still not run a guest (nested
    virtualization), so one is tried: it has nothing but a first process that powers off."""
    kvm = ["-accel", "kvm", "-cpu", "host"]
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        tiny = image.Image()
        tiny.text("/init", "#!/bin/busybox sh\n/bin/busybox poweroff -f\n", 0o755)
        with tempfile.NamedTemporaryFile() as initrd:
            tiny.write(initrd.name)
            try:
                subprocess.run([*command(initrd.name), *kvm], check=True, timeout=10,
                               capture_output=True, preexec_fn=end_with_us)
                return kvm
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                pass
    return ["-accel", "tcg,thread=multi", "-cpu", "max"]


def end_with_us():
    """In a child: a test that is killed leaves no machine behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Failed(AssertionError):
    """A job ended with another status than 0."""


class Job:
    """A shell script that runs in the machine."""

    def __init__(self, machine, name, script):
        self._machine = machine
        self._name = name
        self._script = script
        self._end = queue.Queue()

    def ended(self, status, output="", errors=""):
        """The reader's: what the agent says of the job's end."""
        self._end.put((status if status is None else int(status), output, errors))

    def wait(self, check=True, patience=PATIENCE):
        """Its output (bytes), once it has ended; without `check`, (status, output, errors)."""
        try:
            status, output, errors = self._end.get(timeout=patience)
        except queue.Empty:
            raise Failed(f"still runs after {patience} s: {self._script}") from None
        if status is None:
            raise Failed(f"the machine ended during: {self._script}")
        output, errors = base64.b64decode(output), base64.b64decode(errors)
        if not check:
            return status, output, errors
        if status != 0:
            raise Failed(f"ended with {status}: {self._script}\n"
                         f"{output.decode(errors='replace')}\n{errors.decode(errors='replace')}")
        return output

    def await_output(self, text):
        """Returns once the job has printed a text."""
        self._machine.run(f"until grep -qF {shlex.quote(text)} /run/{self._name}.out; "
                          f"do [ -e /proc/$(cat /run/{self._name}.pid) ] || exit 1; usleep 2000; done")

    def go_on(self):
        """Writes an empty line to a job that was started with `interactive`."""
        self._machine.run(f"echo >/run/{self._name}.in")

    def kill(self, number=signal.SIGKILL):
        """Sends a signal to the job's process (the script's last program, if it says `exec`)."""
        self._machine.run(f"kill -{int(number)} $(cat /run/{self._name}.pid)")


class Qmp:
    """QEMU's own control channel."""

    def __init__(self, connection):
        self._file = connection.makefile("rw")
        self.events = []
        self._read()  # its greeting
        self.execute("qmp_capabilities")

    def _read(self):
        line = self._file.readline()
        if not line:
            raise AssertionError("QEMU closed its control channel")
        return json.loads(line)

    def execute(self, name, **arguments):
        json.dump({"execute": name, "arguments": arguments}, self._file)
        self._file.write("\n")
        self._file.flush()
        while True:
            message = self._read()
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise AssertionError(f"QMP: {name}: {message['error']['desc']}")
            self.events.append(message)

    def wait(self, event):
        """The next event of that name, also among those that came during a command."""
        while True:
            for seen in self.events:
                if seen["event"] == event:
                    self.events.remove(seen)
                    return seen
            self.events.append(self._read())


class Machine:
    """A running guest; ends with the `with` block. `initrd`: an image that was written."""

    def __init__(self, initrd, *options, memory=512, words=""):
        self._command = [*command(initrd, words, memory), *accelerator(), "-smp", "2",
                         *(str(option) for option in options)]

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ava-vm-"))
        self.qmp_path = self.folder / "qmp"
        self._jobs = {"ready": Job(self, "ready", "the boot")}
        self._agent, agent = socket.socketpair()
        qmp_here, qmp = socket.socketpair()
        qmp_here.settimeout(PATIENCE)
        with agent, qmp:
            self._process = subprocess.Popen(
                [*self._command,
                 "-chardev", f"file,id=console,path={self.folder}/console",
                 "-serial", "chardev:console",
                 "-chardev", f"socket,id=agent,fd={agent.fileno()}", "-serial", "chardev:agent",
                 "-chardev", f"socket,id=qmp,fd={qmp.fileno()}", "-mon", "qmp,mode=control",
                 # For whoever else controls it.
                 "-qmp", f"unix:{self.qmp_path},server=on,wait=off"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=open(self.folder / "errors", "wb"), preexec_fn=end_with_us,
                pass_fds=[agent.fileno(), qmp.fileno()], env=harness.clean_environment())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.qmp = Qmp(qmp_here)
            self.wait_for_boot()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def _read(self):
        with contextlib.suppress(ConnectionResetError):  # QEMU died
            for line in self._agent.makefile("r", errors="replace"):
                name, *result = line.split(" ")
                if name in self._jobs:
                    self._jobs[name].ended(*result)
        for job in self._jobs.values():
            job.ended(None)

    def wait_for_boot(self):
        """Returns when the agent of a machine that starts (again) listens."""
        self._jobs["ready"].wait()

    def start(self, script, user=None, interactive=False):
        """Starts a job; its `wait()` says how it ended. It reads nothing, unless `interactive`."""
        name = f"job{len(self._jobs)}"
        job = self._jobs[name] = Job(self, name, script)
        if user:
            script = f"exec su {user} -c {shlex.quote(script)}"
        if interactive:
            script = f"mkfifo -m 666 /run/{name}.in; exec <>/run/{name}.in; {script}"
        self._agent.sendall(f"{name} {base64.b64encode(script.encode()).decode()}\n".encode())
        return job

    def run(self, script, user=None):
        """The output of a job that succeeds."""
        return self.start(script, user).wait()

    def await_device(self):
        """Returns once programs in it can have what a device offers that was put in."""
        self.run("until [ -e /dev/ava0 ]; do usleep 2000; done")

    def console(self):
        """What the kernel said so far, and QEMU."""
        return "".join((self.folder / name).read_text(errors="replace")
                       for name in ("console", "errors"))

    def kill(self):
        """Ends it as a crash of QEMU would."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def __exit__(self, kind, *_):
        self._process.kill()
        self._process.wait(PATIENCE)
        if kind is not None:
            print("# the guest's console:\n" + self.console(), file=sys.stderr)
        self._agent.close()
        shutil.rmtree(self.folder, ignore_errors=True)
