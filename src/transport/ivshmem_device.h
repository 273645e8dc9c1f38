/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR Apache-2.0 */
/* The kernel's style: */
/* clang-format off */
/*
 * What a guest's process and the kernel module ava_ivshmem agree on: the file /dev/ava0.
 *
 * open() lends the process a slice (ivshmem_layout.h), made of zeroes and nobody else's. Where none
 * is clean yet it waits for the host, at most 5 s. Errors: ENOSPC (all slices are lent), ETIMEDOUT
 * (the host cleans none: no router), EAGAIN (O_NONBLOCK, and none is clean yet), EINTR,
 * EPROTONOSUPPORT (the host's layout is of another version), ENODEV (the device is gone).
 *
 * mmap(MAP_SHARED) of offsets inside the slice, whole pages; cached memory, like any other. Not
 * inherited over fork, not in core dumps. Others: EINVAL.
 *
 * The slice goes back when the last mapping of it goes away (it had one: the process that mapped it
 * has ended, executed another program, or unmapped it), or, where nothing maps it, with the last
 * descriptor. So a forked child that still has the descriptor keeps nobody's slice. From then on
 * every call on the file fails with ENODEV.
 *
 * Where the device is taken away under it, mappings stay readable and writable: memory of no one
 * else, zero, but for the header's end_offset, which holds its end_value. Calls fail with ENODEV.
 *
 * RING and WAIT work on every device. What has no doorbells is polled by the host, so that RING
 * does nothing; and what has no interrupts makes WAIT look at the word from time to time.
 */
#ifndef AVA_IVSHMEM_DEVICE_H
#define AVA_IVSHMEM_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define AVA_IVSHMEM_DEVICE_VERSION 1u

struct ava_ivshmem_info {
	__u32 version;		/* AVA_IVSHMEM_DEVICE_VERSION of the module */
	__u32 layout_version;	/* of the memory: the host's */
	__u32 slice;		/* its number, for logs */
	__u32 flags;		/* AVA_IVSHMEM_HAS_... */
	__u64 slice_size;	/* bytes: what may be mapped */
	__u64 region_offset;	/* of the region inside the slice */
	__u64 instance;		/* the header's */
	__u64 reserved[3];
};

#define AVA_IVSHMEM_HAS_DOORBELL 1u	/* the host is told, and need not poll */
#define AVA_IVSHMEM_HAS_INTERRUPT 2u	/* WAIT sleeps until it is woken */

/* Sleep while the 32-bit word at `offset` of the slice is `value`. 0: changed, or woken early. */
struct ava_ivshmem_wait {
	__u64 offset;		/* a multiple of 4, inside the slice */
	__u32 value;
	__u32 reserved;		/* 0 */
	__s64 timeout_ns;	/* negative: without limit */
};

/* The argument of AVA_IVSHMEM_RING. */
#define AVA_IVSHMEM_RING_CONTROL 0u	/* vector 0 */
#define AVA_IVSHMEM_RING_SLICE 1u	/* vector 1 + this file's slice */

/* Fills in a struct ava_ivshmem_info. */
#define AVA_IVSHMEM_INFO _IOR('V', 0x60, struct ava_ivshmem_info)
/* Tells the host. Never waits. Errors: EINVAL, ENODEV. */
#define AVA_IVSHMEM_RING _IO('V', 0x61)
/* Errors: ETIMEDOUT, EINTR, EINVAL, ENODEV. */
#define AVA_IVSHMEM_WAIT _IOW('V', 0x62, struct ava_ivshmem_wait)
/* Makes all who WAIT on this file look at their words again. No argument. Errors: ENODEV. */
#define AVA_IVSHMEM_WAKE _IO('V', 0x63)

#endif /* AVA_IVSHMEM_DEVICE_H */
