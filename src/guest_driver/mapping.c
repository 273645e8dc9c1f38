// SPDX-License-Identifier: GPL-2.0-only
/*
 * A slice in a process: the device's pages, mapped as they are touched; and once the device is
 * gone, pages of no one else, so that nobody gets a SIGBUS.
 */
#include <linux/pagemap.h>

#include "ava_ivshmem.h"

/* Pages that one page fault maps, aligned: 64 KiB. */
#define FAULT_PAGES 16ul

/* A page in place of the device's: zero, but for the word that says that the session is over. */
static struct page *spare_page(struct ava_file *file, pgoff_t offset)
{
	const struct ava_ivshmem_header *header = &file->device->header;
	struct page *page = xa_load(&file->spares, offset);
	struct page *other;
	u32 *words;

	if (page)
		return page;
	page = alloc_pages_node(file->device->node, GFP_KERNEL_ACCOUNT | __GFP_ZERO, 0);
	if (!page)
		return NULL;
	if (offset == header->end_offset >> PAGE_SHIFT) {
		words = page_address(page);
		words[offset_in_page(header->end_offset) / sizeof(*words)] = header->end_value;
	}
	other = xa_cmpxchg(&file->spares, offset, NULL, page, GFP_KERNEL_ACCOUNT);
	if (!other)
		return page;
	__free_page(page);
	return xa_is_err(other) ? NULL : other; /* another thread was faster */
}

/* The page that is missing, and those around it. */
static vm_fault_t fault_device(struct vm_fault *vmf, struct ava_file *file)
{
	struct vm_area_struct *vma = vmf->vma;
	const u64 slice = file->slice - file->device->slices;
	const unsigned long pfn =
		PHYS_PFN(file->device->memory_start + file->device->header.slice_offset +
			 slice * file->device->header.slice_size);
	const unsigned long window = FAULT_PAGES << PAGE_SHIFT;
	unsigned long address = max(vma->vm_start, vmf->address & ~(window - 1));
	const unsigned long end = min(vma->vm_end, (vmf->address & ~(window - 1)) + window);
	vm_fault_t result = VM_FAULT_SIGBUS;
	vm_fault_t inserted;

	for (; address < end; address += PAGE_SIZE) {
		inserted = vmf_insert_pfn(vma, address, pfn + linear_page_index(vma, address));
		if (address == (vmf->address & PAGE_MASK))
			result = inserted;
	}
	return result;
}

static vm_fault_t ava_fault(struct vm_fault *vmf)
{
	struct ava_file *file = vmf->vma->vm_private_data;
	vm_fault_t result = VM_FAULT_OOM;
	struct page *page;

	down_read(&file->device->replacing);
	if (!file->device->replaced) {
		result = fault_device(vmf, file);
	} else {
		page = spare_page(file, vmf->pgoff);
		if (page)
			result = vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(page));
	}
	up_read(&file->device->replacing);
	return result;
}

static void ava_vma_open(struct vm_area_struct *vma)
{
	struct ava_file *file = vma->vm_private_data;

	mutex_lock(&file->device->lock);
	file->mappings++;
	mutex_unlock(&file->device->lock);
}

static void ava_vma_close(struct vm_area_struct *vma)
{
	struct ava_file *file = vma->vm_private_data;

	mutex_lock(&file->device->lock);
	if (--file->mappings == 0)
		ava_give_back(file);
	mutex_unlock(&file->device->lock);
}

static const struct vm_operations_struct ava_vm_operations = {
	.open = ava_vma_open,
	.close = ava_vma_close,
	.fault = ava_fault,
};

int ava_mmap(struct file *filp, struct vm_area_struct *vma)
{
	const unsigned long flags = VM_PFNMAP | VM_DONTEXPAND | VM_DONTCOPY | VM_DONTDUMP;
	struct ava_file *file = filp->private_data;
	const u64 pages = file->device->header.slice_size >> PAGE_SHIFT;
	int error = 0;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	mutex_lock(&file->device->lock);
	if (file->returned || file->device->gone)
		error = -ENODEV;
	else
		file->mappings++;
	mutex_unlock(&file->device->lock);
	if (error)
		return error;
#ifdef AVA_LINUX_6_3
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
	vma->vm_private_data = file;
	vma->vm_ops = &ava_vm_operations;
	return 0;
}

void ava_replace_mappings(struct ava_device *device)
{
	struct ava_file *file;

	down_write(&device->replacing);
	device->replaced = true;
	up_write(&device->replacing);
	/*
	 * The word that says that the session is over comes first, on all processors, so that
	 * whoever has read zeroes finds it.
	 */
	mutex_lock(&device->lock);
	list_for_each_entry(file, &device->files, link) {
		unmap_mapping_range(file->file->f_mapping,
				    device->header.end_offset & PAGE_MASK, PAGE_SIZE, 1);
		unmap_mapping_range(file->file->f_mapping, 0, 0, 1);
	}
	mutex_unlock(&device->lock);
}

/* The file's last reference is gone, so nothing maps them. */
void ava_free_spares(struct ava_file *file)
{
	struct page *page;
	unsigned long offset;

	xa_for_each(&file->spares, offset, page)
		__free_page(page);
	xa_destroy(&file->spares);
}
