#!/usr/bin/python3
"""Other machines and other ways to a slice than the usual: a device that vfio gives one process as a
whole, on a machine with an IOMMU; one without doorbells and interrupts; one that is near the second
of two NUMA nodes; one that the machine did not boot with."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e" / "opencl" / "semantics"))
import guests  # noqa: E402
import harness  # noqa: E402
import image  # noqa: E402
import machine  # noqa: E402
import programs  # noqa: E402
import semantics  # noqa: E402

SAXPY = programs.EXAMPLES / "saxpy"
VFIO = ("virt/lib/irqbypass", "drivers/vfio/vfio", "drivers/vfio/vfio_virqfd",
        "drivers/vfio/vfio_iommu_type1", "drivers/vfio/pci/vfio-pci-core",
        "drivers/vfio/pci/vfio-pci")
LOAD_VFIO = """
for name in irqbypass vfio vfio_virqfd vfio_iommu_type1 vfio-pci-core vfio-pci; do
  [ ! -e /vfio/$name.ko ] || insmod /vfio/$name.ko
done
echo 1af4 1110 >/sys/bus/pci/drivers/vfio-pci/new_id
"""


class Devices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.native = harness.run([SAXPY], programs.native_environment()).stdout
        cls.router = cls.enterClassContext(harness.Router(config=f"""
[[guest]]
name = 'local'
socket = '{{folder}}/local.sock'
[[vm]]
name = 'whole'
socket = '{cls.folder}/whole'
[[vm]]
name = 'plain'
socket = '{cls.folder}/plain'
doorbells = false
"""))

    def image(self, name, prepare=lambda guest: None):
        guest = guests.opencl_image(SAXPY)
        prepare(guest)
        guest.write(self.folder / name)
        return self.folder / name

    def test_a_device_that_vfio_gives_one_process(self):
        def prepare(guest):
            kernel = pathlib.Path("/lib/modules", image.kernels()[-1], "kernel")
            for name in VFIO:
                module = kernel / f"{name}.ko"
                if module.exists():  # they are cut differently from version to version
                    guest.file(module, f"/vfio/{module.name}")
            guest.text("/etc/start", LOAD_VFIO)

        with machine.Machine(
                self.image("whole.initrd", prepare), "-M", "q35,kernel-irqchip=split",
                "-device", "intel-iommu,intremap=on",
                "-chardev", f"socket,id=ava,path={self.folder}/whole",
                "-device", "ivshmem-doorbell,chardev=ava,vectors=9", words="intel_iommu=on") as guest:
            self.assertEqual(guest.run(str(SAXPY)).decode(), self.native)
            # What a killed process had is clean before the next one has it.
            self.assertEqual(
                guest.run(f"{SAXPY} >/dev/null & sleep 0.1; kill -9 $!; wait $!; {SAXPY}").decode(),
                self.native)
            # Whoever may not open the device is told so.
            guest.run("chmod 600 /dev/vfio/[0-9]*")
            status, _, errors = guest.start(f"AVA_LOG=error {SAXPY}", "alice").wait(check=False)
            self.assertNotEqual(status, 0)
            self.assertIn(b"/dev/vfio", errors)

    def test_a_device_on_the_second_of_two_nodes(self):
        backends = [word for node in (0, 1) for word in (
            "-object", f"memory-backend-memfd,id=node{node},size=256M",
            "-numa", f"node,nodeid={node},memdev=node{node},cpus={2 * node}-{2 * node + 1}")]
        with machine.Machine(
                self.image("nodes.initrd"), "-M", "q35", "-smp", "4,sockets=2,cores=2", *backends,
                "-device", "pxb-pcie,id=far,bus=pcie.0,bus_nr=128,numa_node=1",
                "-device", "pcie-root-port,id=far-port,bus=far,chassis=1",
                "-chardev", f"socket,id=ava,path={self.folder}/whole",
                "-device", "ivshmem-doorbell,bus=far-port,chardev=ava,vectors=9") as guest:
            # What the module allocates is where the device is, and so are its interrupts.
            self.assertEqual(guest.run("cat /sys/class/ava/ava0/device/numa_node"), b"1\n")
            nodes = guest.run("for i in $(sed -n 's/:.*ava0-.*//p' /proc/interrupts); "
                              "do cat /proc/irq/$i/node; done").split()
            self.assertEqual(nodes, [b"1"] * 9)
            self.assertEqual(guest.run(str(SAXPY), "alice").decode(), self.native)

    def test_a_device_that_comes_later(self):
        """A machine that booted without one has room for it behind one of its ports."""
        ports = ("-device", "pcie-root-port,id=small,chassis=1",
                 "-device", "pcie-root-port,id=large,chassis=2,pref64-reserve=4G")
        with machine.Machine(self.image("later.initrd"), "-M", "q35", *ports) as guest:
            def ava_vm(command, *words, check=True):
                return harness.run(
                    [harness.AVA, "vm", command, "whole", "--qmp", guest.qmp_path, *words],
                    harness.clean_environment(AVA_SOCKET=self.router.socket), check=check)
            refused = ava_vm("attach", "--bus", "small", check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("no room for its memory among the PCI addresses", refused.stderr)
            guest.run("dmesg | grep -q 'ava_ivshmem.*: no room for the device.s memory'")
            ava_vm("detach")
            for command in "attach", "reattach":
                ava_vm(command, "--bus", "large")
                guest.await_device()
                self.assertEqual(guest.run(str(SAXPY), "alice").decode(), self.native)

    def test_a_device_without_doorbells(self):
        def prepare(guest):
            guest.program(semantics.FOLDER / "bereaved")
        initrd = self.image("plain.initrd", prepare)
        for _ in range(2):
            with machine.Machine(
                    initrd, "-object",
                    f"memory-backend-file,id=ava,share=on,mem-path={self.folder}/plain,size=4096M",
                    "-device", "ivshmem-plain,memdev=ava") as guest:
                both = guest.run(f"{SAXPY} & {SAXPY} >/tmp/other; wait; cat /tmp/other").decode()
                self.assertEqual(both, 2 * self.native)
                guest.start(f"{semantics.FOLDER}/bereaved", interactive=True).await_output("ready")
            # Nobody says that a hypervisor has ended; nothing of its machine stays.
            harness.eventually(lambda: not self.router.state()["clients"], patience=30)

    def test_a_guest_without_interrupts(self):
        with machine.Machine(
                self.image("silent.initrd"), "-chardev", f"socket,id=ava,path={self.folder}/whole",
                "-device", "ivshmem-doorbell,chardev=ava,vectors=9", words="pci=nomsi") as guest:
            self.assertEqual(guest.run("grep -c ava0- /proc/interrupts || true"), b"0\n")
            self.assertEqual(guest.run(str(SAXPY), "alice").decode(), self.native)


if __name__ == "__main__":
    harness.main()
