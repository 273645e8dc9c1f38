/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lends the slices of an ivshmem device's memory to processes: /dev/ava0.
 *
 * ivshmem_layout.h draws the memory and says who writes what; ivshmem_device.h is what processes
 * see. A slice belongs to one open of the file. This module maps it for the process, tells the host
 * (the lease words) when the slice is lent and when it is returned, and lends it again only when
 * the host has made it zero.
 *
 *   pci.c      the device: its header, interrupts, arrival and removal
 *   slices.c   who has which slice
 *   file.c     open, close, ioctl
 *   mapping.c  mmap and page faults
 *
 * Trust: the host is trusted, processes are not. No process maps the header, the lease page or
 * another's slice; the device's registers are this module's alone.
 *
 * Locks: `lock` guards the slices' holders, the lease words and the list of open files; it is
 * taken with mmap_lock held, so nothing under it touches a process's memory. All that reads the
 * device's memory or its registers does so under `lock` or inside an SRCU section of `users`, and
 * has seen `gone` unset there. `replacing` is read-locked by page faults. Removal first has
 * faults find other pages, then takes mappings down, then sets `gone`, wakes all sleepers and waits
 * for the sections' end: a process that is told of it finds its memory replaced already.
 */
#ifndef AVA_IVSHMEM_H
#define AVA_IVSHMEM_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "ivshmem_device.h"
#include "ivshmem_layout.h"

struct ava_slice {
	struct ava_device *device;
	struct ava_file *holder; /* NULL: nobody */
	wait_queue_head_t sleepers;
};

struct ava_device {
	struct device file_device; /* /dev/ava0; its last reference frees this */
	struct cdev cdev;
	struct pci_dev *pci; /* until it is gone */
	int node; /* where the device is, and what is allocated for it */
	int refusal; /* what open() returns, where the host cannot be spoken to */
	bool interrupts;
	u32 doorbells; /* as many as the host has, or fewer */

	struct srcu_struct users;
	bool gone;
	struct rw_semaphore replacing; /* above */
	bool replaced; /* page faults find other pages */
	void __iomem *registers;
	u8 *memory;
	phys_addr_t memory_start;
	struct ava_ivshmem_header header; /* a copy, checked; but for `cleaned` */

	struct mutex lock; /* above */
	struct list_head files;
	wait_queue_head_t borrowers;
	struct ava_slice slices[AVA_IVSHMEM_MAX_SLICES];
};

struct ava_file {
	struct ava_device *device;
	struct file *file;
	struct list_head link;
	struct ava_slice *slice;
	bool returned;
	unsigned int mappings;
	atomic_t wakes;
	struct xarray spares; /* pages in place of the device's, once that is gone */
};

/* slices.c */
u32 ava_slice_number(const struct ava_slice *slice);
u8 *ava_slice_memory(const struct ava_slice *slice);
/* In a section of `users`. Sleeps, if asked to, while slices that nobody has wait for the host. */
int ava_borrow(struct ava_device *device, struct ava_file *file, bool sleep);
/* Under the lock; more than once is once. The host makes the slice clean, and says so. */
void ava_give_back(struct ava_file *file);
/* What a kernel that ran here before has lent is nobody's any more. */
void ava_end_old_leases(struct ava_device *device);
/* In a section of `users`, or under the lock: raises one of the host's doorbells. */
void ava_ring(struct ava_device *device, u32 vector);

/* mapping.c */
int ava_mmap(struct file *filp, struct vm_area_struct *vma);
/* Other pages take the place of the device's in all mappings. */
void ava_replace_mappings(struct ava_device *device);
void ava_free_spares(struct ava_file *file);

/* file.c */
extern const struct file_operations ava_file_operations;

#endif /* AVA_IVSHMEM_H */
