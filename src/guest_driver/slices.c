// SPDX-License-Identifier: GPL-2.0-only
/* Who has which slice: the host's `cleaned` words and our leases. */
#include <linux/io.h>
#include <linux/jiffies.h>

#include "ava_ivshmem.h"

#define CLEANING_TIMEOUT (5 * HZ)

u32 ava_slice_number(const struct ava_slice *slice)
{
	return slice - slice->device->slices;
}

u8 *ava_slice_memory(const struct ava_slice *slice)
{
	const struct ava_ivshmem_header *header = &slice->device->header;

	return slice->device->memory + header->slice_offset +
	       ava_slice_number(slice) * header->slice_size;
}

static u32 *lease_word(const struct ava_slice *slice)
{
	struct ava_ivshmem_leases *leases =
		(void *)(slice->device->memory + AVA_IVSHMEM_LEASES_OFFSET);

	return &leases->lease[ava_slice_number(slice)];
}

static u32 cleaned_word(const struct ava_slice *slice)
{
	struct ava_ivshmem_header *header = (void *)slice->device->memory;

	/* What the host did before it said so comes before what follows here. */
	return smp_load_acquire(&header->cleaned[ava_slice_number(slice)]);
}

void ava_ring(struct ava_device *device, u32 vector)
{
	/* A doorbell that the device does not have would be lost; the control's will do, slowly. */
	if (vector >= device->doorbells)
		vector = 0;
	if (device->header.vectors)
		iowrite32(device->header.host_peer << 16 | vector,
			  device->registers + AVA_IVSHMEM_DOORBELL);
}

/* An even lease becomes odd: lent; an odd one even: returned. */
static void turn_lease(struct ava_slice *slice)
{
	u32 *word = lease_word(slice);

	/* What was done with the slice comes before. */
	smp_store_release(word, READ_ONCE(*word) + 1);
}

/* Under the lock: lends a clean slice. -ENOSPC: all are lent; -EAGAIN: the host cleans some. */
static int try_borrow(struct ava_device *device, struct ava_file *file)
{
	struct ava_slice *slice;
	int error = -ENOSPC;
	u32 i;

	lockdep_assert_held(&device->lock);
	for (i = 0; i < device->header.slices; i++) {
		slice = &device->slices[i];
		if (slice->holder)
			continue;
		if (cleaned_word(slice) == READ_ONCE(*lease_word(slice))) {
			turn_lease(slice);
			WRITE_ONCE(slice->holder, file);
			file->slice = slice;
			list_add(&file->link, &device->files);
			return 0;
		}
		error = -EAGAIN;
	}
	return error;
}

static bool may_borrow(struct ava_device *device)
{
	struct ava_slice *slice;
	u32 i;

	if (READ_ONCE(device->gone))
		return true;
	for (i = 0; i < device->header.slices; i++) {
		slice = &device->slices[i];
		if (!READ_ONCE(slice->holder) &&
		    cleaned_word(slice) == READ_ONCE(*lease_word(slice)))
			return true;
	}
	return false;
}

int ava_borrow(struct ava_device *device, struct ava_file *file, bool sleep)
{
	const long nap = device->interrupts ? CLEANING_TIMEOUT : 1;
	const unsigned long end = jiffies + CLEANING_TIMEOUT;
	int error;

	for (;;) {
		mutex_lock(&device->lock);
		error = device->gone ? -ENODEV : try_borrow(device, file);
		mutex_unlock(&device->lock);
		if (error != -EAGAIN || !sleep)
			return error;
		if (time_after_eq(jiffies, end))
			return -ETIMEDOUT;
		if (wait_event_interruptible_timeout(device->borrowers, may_borrow(device),
						     nap) < 0)
			return -EINTR;
	}
}

void ava_give_back(struct ava_file *file)
{
	struct ava_device *device = file->device;

	lockdep_assert_held(&device->lock);
	if (file->returned)
		return;
	WRITE_ONCE(file->returned, true);
	list_del(&file->link);
	WRITE_ONCE(file->slice->holder, NULL);
	if (!device->gone) {
		turn_lease(file->slice);
		ava_ring(device, 0);
	}
	wake_up_all(&file->slice->sleepers);
	wake_up_all(&device->borrowers); /* from ENOSPC to EAGAIN: they wait for one now */
}

void ava_end_old_leases(struct ava_device *device)
{
	bool any = false;
	u32 i;

	for (i = 0; i < device->header.slices; i++) {
		if (READ_ONCE(*lease_word(&device->slices[i])) % 2) {
			turn_lease(&device->slices[i]);
			any = true;
		}
	}
	if (any)
		ava_ring(device, 0);
}
