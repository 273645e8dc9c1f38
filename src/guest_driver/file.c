// SPDX-License-Identifier: GPL-2.0-only
/* What processes do with /dev/ava0; ivshmem_device.h has the contract. */
#include <linux/module.h>
#include <linux/uaccess.h>

#include "ava_ivshmem.h"

/* Where nothing interrupts, sleepers look again after naps that grow. */
#define NAP_MIN_NS (20 * NSEC_PER_USEC)
#define NAP_MAX_NS (2 * NSEC_PER_MSEC)

static int ava_open(struct inode *inode, struct file *filp)
{
	struct ava_device *device = container_of(inode->i_cdev, struct ava_device, cdev);
	struct ava_file *file;
	int section;
	int error;

	if (device->refusal)
		return device->refusal;
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	file->device = device;
	file->file = filp;
	xa_init(&file->spares);
	section = srcu_read_lock(&device->users);
	error = ava_borrow(device, file, !(filp->f_flags & O_NONBLOCK));
	srcu_read_unlock(&device->users, section);
	if (error) {
		kfree(file);
		return error;
	}
	filp->private_data = file;
	return nonseekable_open(inode, filp);
}

static int ava_release(struct inode *inode, struct file *filp)
{
	struct ava_file *file = filp->private_data;
	struct ava_device *device = file->device;

	mutex_lock(&device->lock);
	ava_give_back(file);
	mutex_unlock(&device->lock);
	ava_free_spares(file);
	kfree(file);
	return 0;
}

static bool unusable(const struct ava_file *file)
{
	return READ_ONCE(file->device->gone) || READ_ONCE(file->returned);
}

static void get_info(const struct ava_file *file, struct ava_ivshmem_info *info)
{
	const struct ava_device *device = file->device;

	*info = (struct ava_ivshmem_info){
		.version = AVA_IVSHMEM_DEVICE_VERSION,
		.layout_version = device->header.version,
		.slice = ava_slice_number(file->slice),
		.flags = (device->header.vectors ? AVA_IVSHMEM_HAS_DOORBELL : 0) |
			 (device->interrupts ? AVA_IVSHMEM_HAS_INTERRUPT : 0),
		.slice_size = device->header.slice_size,
		.region_offset = device->header.region_offset,
		.instance = device->header.instance,
	};
}

/* In a section of `users`. */
static int wait_on_word(struct ava_file *file, const struct ava_ivshmem_wait *wait)
{
	const u32 *word = (const u32 *)(ava_slice_memory(file->slice) + wait->offset);
	const bool interrupts = file->device->interrupts;
	const int wakes = atomic_read(&file->wakes);
	s64 left = wait->timeout_ns < 0 ? KTIME_MAX : wait->timeout_ns;
	s64 nap = interrupts ? left : NAP_MIN_NS;
	int error;

	for (;;) {
		nap = min(nap, left);
		error = wait_event_interruptible_hrtimeout(file->slice->sleepers,
							   unusable(file) ||
							   READ_ONCE(*word) != wait->value ||
							   atomic_read(&file->wakes) != wakes,
							   nap);
		if (error == -ERESTARTSYS)
			return -EINTR;
		if (!error)
			return unusable(file) ? -ENODEV : 0;
		left -= nap;
		if (left <= 0)
			return -ETIMEDOUT;
		nap = min_t(s64, 2 * nap, NAP_MAX_NS);
	}
}

static int wait(struct ava_file *file, const struct ava_ivshmem_wait *wait)
{
	const u64 size = file->device->header.slice_size;

	if (wait->reserved || wait->offset % sizeof(u32) || wait->offset >= size)
		return -EINVAL;
	return wait_on_word(file, wait);
}

static int ring_from(struct ava_file *file, unsigned long what)
{
	switch (what) {
	case AVA_IVSHMEM_RING_CONTROL:
		ava_ring(file->device, 0);
		return 0;
	case AVA_IVSHMEM_RING_SLICE:
		ava_ring(file->device, 1 + ava_slice_number(file->slice));
		return 0;
	default:
		return -EINVAL;
	}
}

static long ava_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct ava_file *file = filp->private_data;
	void __user *user = (void __user *)argument;
	struct ava_ivshmem_info info;
	struct ava_ivshmem_wait request;
	long result = -ENODEV;
	int section;

	if (command == AVA_IVSHMEM_WAIT && copy_from_user(&request, user, sizeof(request)))
		return -EFAULT;
	section = srcu_read_lock(&file->device->users);
	if (!unusable(file)) {
		switch (command) {
		case AVA_IVSHMEM_INFO:
			get_info(file, &info);
			result = 0;
			break;
		case AVA_IVSHMEM_RING:
			result = ring_from(file, argument);
			break;
		case AVA_IVSHMEM_WAIT:
			result = wait(file, &request);
			break;
		case AVA_IVSHMEM_WAKE:
			atomic_inc(&file->wakes);
			wake_up_all(&file->slice->sleepers);
			result = 0;
			break;
		default:
			result = -ENOTTY;
		}
	}
	srcu_read_unlock(&file->device->users, section);
	if (!result && command == AVA_IVSHMEM_INFO && copy_to_user(user, &info, sizeof(info)))
		return -EFAULT;
	return result;
}

const struct file_operations ava_file_operations = {
	.owner = THIS_MODULE,
	.open = ava_open,
	.release = ava_release,
	.mmap = ava_mmap,
	.unlocked_ioctl = ava_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
