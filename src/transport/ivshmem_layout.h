/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The kernel's style: */
/* clang-format off */
/*
 * What the router and a virtual machine agree on, byte for byte: the memory of an ivshmem device
 * (its BAR 2). docs/design/0010-ivshmem.md says why it is so. For the router and the guest library
 * (C++) and the guest's kernel module (C).
 *
 *   0        4096     8192        slice_offset              + slice_size
 *   +--------+--------+-----------+-------------------------+-------------------------+----
 *   | header | leases | zero      | slice 0                 | slice 1                 | ...
 *   +--------+--------+-----------+-------------------------+-------------------------+----
 *   the host's, the guest kernel's;             a process's each
 *
 * One slice, lent to one open of /dev/ava0, mapped by one process and its server:
 *
 *   0           region_offset                                         slice_size
 *   +-----------+-----------------------------------------------------+
 *   | control   | region: as in layout.h                              |
 *   +-----------+-----------------------------------------------------+
 *
 * Writers: the header is written by the host only, the lease page by the guest's kernel only,
 * and neither is mapped by a guest's process. Everything is little-endian. Memory that was never
 * written is zero, and zero is each word's correct initial value.
 *
 * Trust: the whole memory is the guest's to scribble on. The host keeps every offset, size and
 * state in records of its own and never reads the header back; it copies leases and messages,
 * checks the copy and uses only that. The guest trusts the host.
 *
 * Doorbells, with `vectors` > 0. Guest to host: a 32-bit store of host_peer << 16 | vector to
 * BAR 0, offset AVA_IVSHMEM_DOORBELL. Host to guest: MSI-X. Both ways the same numbers:
 *
 *   vector 0      leases and control messages: the host looks at all slices; the guest's kernel at
 *                 the header's `cleaned`
 *   vector 1 + i  slice i: the host looks at that client's rings; the guest wakes who sleeps in it
 *
 * With `vectors` == 0 (ivshmem-plain) nobody rings: both sides look from time to time.
 */
#ifndef AVA_IVSHMEM_LAYOUT_H
#define AVA_IVSHMEM_LAYOUT_H

#include <linux/types.h>

#define AVA_IVSHMEM_MAGIC 0x314d485356415641ULL /* "AVAVSHM1" */
#define AVA_IVSHMEM_VERSION 1u                  /* this build's */
#define AVA_IVSHMEM_VERSION_MIN 1u              /* the oldest that this build still speaks */

#define AVA_IVSHMEM_PCI_VENDOR 0x1af4
#define AVA_IVSHMEM_PCI_DEVICE 0x1110
#define AVA_IVSHMEM_DOORBELL 12u /* BAR 0; bytes */
#define AVA_IVSHMEM_POSITION 8u  /* BAR 0: the device's own peer number */

#define AVA_IVSHMEM_MAX_SLICES 63u
#define AVA_IVSHMEM_LEASES_OFFSET 4096u /* bytes */
#define AVA_IVSHMEM_ALIGN 0x200000u     /* bytes; slices start on this */
#define AVA_IVSHMEM_MESSAGE_BYTES 1024u

/* At offset 0. All but `cleaned` is constant from before the guest sees the device. */
struct ava_ivshmem_header {
	__u64 magic;		/* AVA_IVSHMEM_MAGIC */
	__u32 version;		/* the host's */
	__u32 version_min;	/* the oldest that the host still speaks */
	__u64 size;		/* bytes of the whole memory: that of BAR 2 */
	__u64 instance;		/* differs each time the host makes the memory; for logs */
	__u32 slices;		/* 1 to AVA_IVSHMEM_MAX_SLICES */
	__u32 vectors;		/* 1 + slices; 0: no doorbells, poll */
	__u32 host_peer;	/* whose doorbells the guest rings */
	__u32 reserved;
	__u64 slice_offset;	/* of slice 0; multiples of AVA_IVSHMEM_ALIGN both */
	__u64 slice_size;
	__u64 region_offset;	/* inside a slice; a multiple of 4096 */
	/*
	 * For a device that is taken away under a running program: a 32-bit word inside a slice,
	 * and the value that makes the program's library give up in an orderly way. See the design.
	 */
	__u64 end_offset;
	__u32 end_value;
	__u32 reserved2;
	__u8 pad[256 - 88];
	/*
	 * By slice: the lease value after which the slice was last made zero. Stored when that is
	 * done, before vector 0 is raised.
	 */
	__u32 cleaned[64];
};

/*
 * At AVA_IVSHMEM_LEASES_OFFSET. A lease that is even: nobody has the slice. Odd: an open file has.
 *
 *   guest's kernel                            host
 *   --------------                            ----
 *   even, and cleaned == lease: may lend it
 *   lease += 1 (odd); the process says hello
 *                                             takes a hello only while lease == cleaned + 1
 *   closed: lease += 1 (even), vector 0
 *                                             ends the session, waits for its server's end, makes
 *                                             the slice zero, stores cleaned = lease, vector 0
 *
 * A kernel that starts finds odd leases of the one before it: it closes them the same way.
 */
struct ava_ivshmem_leases {
	__u32 lease[64];
};

/*
 * At the start of a slice: the control socket's messages (control.h), for those who have no socket.
 * One question at a time, each answered once. The guest writes `question`, then adds 1 to `asked`
 * (release) and rings vector 0; the host writes `answer`, stores answered = asked (release), and
 * wakes who sleeps on `asker_parked` (park.h). Descriptors that a message carries on a socket are
 * not needed here: the region and the doorbells are those of the slice.
 */
struct ava_ivshmem_control {
	/* Written by the guest. */
	__u32 asked;		/* number of questions so far */
	__u32 ping;		/* any change, and a ring of vector 0, asks for a sign of life */
	__u8 pad[56];
	/* Written by the host. */
	__u32 answered;		/* number of the question that `answer` is for */
	__u32 pong;		/* the last `ping` that the host saw */
	__u8 pad2[56];
	/* A park word: 1 while the guest sleeps for an answer. */
	__u32 asker_parked;
	__u8 pad3[1024 - 132];
	__u8 question[AVA_IVSHMEM_MESSAGE_BYTES];
	__u8 answer[AVA_IVSHMEM_MESSAGE_BYTES];
	__u8 pad4[1024];
};

#endif /* AVA_IVSHMEM_LAYOUT_H */
