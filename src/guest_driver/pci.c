// SPDX-License-Identifier: GPL-2.0-only
/* The device: its header, its interrupts, its arrival and removal. */
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "ava_ivshmem.h"

#define REGISTERS 0 /* BARs */
#define MEMORY 2

#define MAX_DEVICES 16
static dev_t first_number;
static DEFINE_IDA(numbers);

static irqreturn_t control_interrupt(int irq, void *data)
{
	struct ava_device *device = data;

	wake_up_all(&device->borrowers);
	return IRQ_HANDLED;
}

static irqreturn_t slice_interrupt(int irq, void *data)
{
	struct ava_slice *slice = data;

	wake_up_all(&slice->sleepers);
	return IRQ_HANDLED;
}

/* Is this AvA's memory, and of a layout that this module speaks? Says what is wrong. */
static int check_header(struct ava_device *device, u64 size)
{
	const struct ava_ivshmem_header *header = &device->header;
	struct device *log = &device->pci->dev;

	if (header->magic != AVA_IVSHMEM_MAGIC) {
		dev_info(log, "this ivshmem device's memory is not AvA's, or no ava-routerd has prepared it\n");
		return -ENODEV;
	}
	if (header->version < AVA_IVSHMEM_VERSION_MIN ||
	    header->version_min > AVA_IVSHMEM_VERSION) {
		dev_err(log, "the host speaks memory layouts %u to %u, this module %u to %u: install the module of the host's release of AvA, or one near it\n",
			header->version_min, header->version, AVA_IVSHMEM_VERSION_MIN,
			AVA_IVSHMEM_VERSION);
		device->refusal = -EPROTONOSUPPORT;
		return 0;
	}
	if (header->size != size) {
		dev_err(log, "the host prepared %llu bytes of memory, but the device has %llu: give the hypervisor the size that `ava vm add` printed\n",
			header->size, size);
		return -EINVAL;
	}
	if (!header->slices || header->slices > AVA_IVSHMEM_MAX_SLICES || !header->slice_size ||
	    header->slice_offset < AVA_IVSHMEM_LEASES_OFFSET + PAGE_SIZE ||
	    header->slice_offset > size ||
	    header->slice_size > (size - header->slice_offset) / header->slices ||
	    header->slice_offset % AVA_IVSHMEM_ALIGN || header->slice_size % AVA_IVSHMEM_ALIGN ||
	    header->region_offset >= header->slice_size ||
	    header->end_offset >= header->slice_size || header->end_offset % sizeof(u32) ||
	    (header->vectors && header->vectors != header->slices + 1)) {
		dev_err(log, "the host's header contradicts itself (%u slices of %llu bytes from %llu on, %u vectors)\n",
			header->slices, header->slice_size, header->slice_offset, header->vectors);
		return -EINVAL;
	}
	return 0;
}

/* Without them, everybody polls; that is slower, but works. */
static void request_interrupts(struct ava_device *device)
{
	const int wanted = device->header.vectors;
	struct pci_dev *pci = device->pci;
	int got = pci_msix_vec_count(pci);
	int i;

	if (!wanted)
		return;
	device->doorbells = got > 0 && got < wanted ? got : wanted;
	got = pci_alloc_irq_vectors(pci, wanted, wanted, PCI_IRQ_MSIX);
	if (got < 0) {
		dev_warn(&pci->dev, "no %d interrupts (MSI-X, the device has %d): sleepers poll; `-device ivshmem-doorbell` takes vectors=%d\n",
			 wanted, pci_msix_vec_count(pci), wanted);
		return;
	}
	for (i = 0; i < wanted; i++) {
		got = i ? pci_request_irq(pci, i, slice_interrupt, NULL, &device->slices[i - 1],
					  "%s-slice%d", dev_name(&device->file_device), i - 1) :
			  pci_request_irq(pci, i, control_interrupt, NULL, device,
					  "%s-control", dev_name(&device->file_device));
		if (got) {
			dev_warn(&pci->dev, "interrupt %d: error %d; sleepers poll\n", i, got);
			goto undo;
		}
	}
	device->interrupts = true;
	return;
undo:
	while (i-- > 0)
		pci_free_irq(pci, i, i ? (void *)&device->slices[i - 1] : device);
	pci_free_irq_vectors(pci);
}

static void release_interrupts(struct ava_device *device)
{
	int i;

	if (!device->interrupts)
		return;
	for (i = device->header.vectors - 1; i >= 0; i--)
		pci_free_irq(device->pci, i, i ? (void *)&device->slices[i - 1] : device);
	pci_free_irq_vectors(device->pci);
}

/* Maps registers and memory; the PCI core undoes it all at the end. */
static int map_device(struct ava_device *device)
{
	struct pci_dev *pci = device->pci;
	const resource_size_t size = pci_resource_len(pci, MEMORY);
	int error;

	error = pcim_enable_device(pci);
	if (error)
		return error;
	if (!size) {
		dev_err(&pci->dev, "no room for the device's memory among the PCI addresses: give the machine its device from the start, or a larger window for PCI\n");
		return -ENOSPC;
	}
	if (pci_resource_len(pci, REGISTERS) < AVA_IVSHMEM_DOORBELL + sizeof(u32) ||
	    size < AVA_IVSHMEM_ALIGN) {
		dev_err(&pci->dev, "no ivshmem device: %llu bytes of registers, %llu of memory\n",
			(u64)pci_resource_len(pci, REGISTERS), (u64)size);
		return -ENODEV;
	}
	error = pci_request_selected_regions(pci, BIT(REGISTERS) | BIT(MEMORY), "ava_ivshmem");
	if (error)
		return error;
	device->registers = pcim_iomap(pci, REGISTERS, 0);
	if (!device->registers)
		return -ENOMEM;
	device->memory_start = pci_resource_start(pci, MEMORY);
	if (device->memory_start < SZ_4G)
		dev_warn(&pci->dev, "the firmware put the memory below 4 GiB, where processors may not cache it: 2 GiB or more of it go above\n");
	/* All of it, which also makes processes' mappings of it cached. */
	device->memory = devm_memremap(&pci->dev, device->memory_start, size, MEMREMAP_WB);
	if (IS_ERR(device->memory)) {
		dev_err(&pci->dev, "the memory at %pa cannot be mapped cached\n",
			&device->memory_start);
		return PTR_ERR(device->memory);
	}
	memcpy(&device->header, device->memory, offsetof(struct ava_ivshmem_header, cleaned));
	return check_header(device, size);
}

/* For every user, like a GPU's render node; a udev rule may say otherwise. */
#ifdef AVA_LINUX_6_3
static char *file_mode(const struct device *file_device, umode_t *mode)
#else
static char *file_mode(struct device *file_device, umode_t *mode)
#endif
{
	if (mode)
		*mode = 0666;
	return NULL;
}

static struct class ava_class = {
	.name = "ava",
	.devnode = file_mode,
};

/* Nobody has it any more: not the PCI core, and no open file. */
static void free_device(struct device *file_device)
{
	struct ava_device *device = container_of(file_device, struct ava_device, file_device);

	cleanup_srcu_struct(&device->users);
	ida_free(&numbers, MINOR(file_device->devt) - MINOR(first_number));
	kfree(device);
}

static struct ava_device *allocate_device(struct pci_dev *pci)
{
	struct ava_device *device;
	int number;
	u32 i;

	device = kzalloc_node(sizeof(*device), GFP_KERNEL, dev_to_node(&pci->dev));
	if (!device)
		return NULL;
	device->node = dev_to_node(&pci->dev);
	if (init_srcu_struct(&device->users))
		goto free;
	number = ida_alloc_max(&numbers, MAX_DEVICES - 1, GFP_KERNEL);
	if (number < 0)
		goto cleanup;
	device->pci = pci;
	init_rwsem(&device->replacing);
	mutex_init(&device->lock);
	INIT_LIST_HEAD(&device->files);
	init_waitqueue_head(&device->borrowers);
	for (i = 0; i < ARRAY_SIZE(device->slices); i++) {
		device->slices[i].device = device;
		init_waitqueue_head(&device->slices[i].sleepers);
	}
	device_initialize(&device->file_device);
	device->file_device.class = &ava_class;
	device->file_device.parent = &pci->dev;
	device->file_device.release = free_device;
	device->file_device.devt = first_number + number;
	cdev_init(&device->cdev, &ava_file_operations);
	device->cdev.owner = THIS_MODULE;
	if (!dev_set_name(&device->file_device, "ava%d", number))
		return device;
	put_device(&device->file_device);
	return NULL;
cleanup:
	cleanup_srcu_struct(&device->users);
free:
	kfree(device);
	return NULL;
}

static int ava_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct ava_device *device = allocate_device(pci);
	const struct ava_ivshmem_header *header;
	int error;

	if (!device)
		return -ENOMEM;
	error = map_device(device);
	if (error)
		goto put;
	header = &device->header;
	if (!device->refusal) {
		pci_set_master(pci); /* interrupts are writes by the device */
		request_interrupts(device);
		ava_end_old_leases(device);
		dev_info(&pci->dev, "%s: %u slices of %llu MiB, %s, %s\n",
			 dev_name(&device->file_device), header->slices, header->slice_size >> 20,
			 header->vectors ? "doorbells" : "no doorbells (the host polls)",
			 device->interrupts ? "interrupts" : "no interrupts (sleepers poll)");
	}
	pci_set_drvdata(pci, device);
	error = cdev_device_add(&device->cdev, &device->file_device);
	if (!error)
		return 0;
	release_interrupts(device);
put:
	put_device(&device->file_device);
	return error;
}

static void ava_remove(struct pci_dev *pci)
{
	struct ava_device *device = pci_get_drvdata(pci);
	u32 i;

	cdev_device_del(&device->cdev, &device->file_device);
	ava_replace_mappings(device);
	mutex_lock(&device->lock);
	WRITE_ONCE(device->gone, true);
	mutex_unlock(&device->lock);
	wake_up_all(&device->borrowers);
	for (i = 0; i < ARRAY_SIZE(device->slices); i++)
		wake_up_all(&device->slices[i].sleepers);
	synchronize_srcu(&device->users);
	release_interrupts(device);
	put_device(&device->file_device);
}

static const struct pci_device_id ava_ids[] = {
	{ PCI_DEVICE(AVA_IVSHMEM_PCI_VENDOR, AVA_IVSHMEM_PCI_DEVICE) },
	{}
};
MODULE_DEVICE_TABLE(pci, ava_ids);

static struct pci_driver ava_driver = {
	.name = "ava_ivshmem",
	.id_table = ava_ids,
	.probe = ava_probe,
	.remove = ava_remove,
};

static int __init ava_init(void)
{
	int error = alloc_chrdev_region(&first_number, 0, MAX_DEVICES, "ava");

	if (error)
		return error;
	error = class_register(&ava_class);
	if (error)
		goto unregister_region;
	error = pci_register_driver(&ava_driver);
	if (error)
		goto unregister_class;
	return 0;
unregister_class:
	class_unregister(&ava_class);
unregister_region:
	unregister_chrdev_region(first_number, MAX_DEVICES);
	return error;
}

static void __exit ava_exit(void)
{
	pci_unregister_driver(&ava_driver);
	class_unregister(&ava_class);
	unregister_chrdev_region(first_number, MAX_DEVICES);
	ida_destroy(&numbers);
}

module_init(ava_init);
module_exit(ava_exit);

MODULE_DESCRIPTION("AvA's shared memory with the host, for the programs of a virtual machine");
MODULE_LICENSE("GPL");
