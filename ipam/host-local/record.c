/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of records: slots of one size, each written and read by one call. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The size divides a page, so no record lies on two. */
_Static_assert(sizeof(struct record) == 256, "records are 256 bytes");

#define MAGIC UINT32_C(0x31726c68) /* "hlr1" */

static off_t offset_of(uint32_t number)
{
	return (off_t)(number - 1) * (off_t)sizeof(struct record);
}

static int write_at(int fd, off_t offset, const void *bytes, size_t size)
{
	ssize_t written;

	do
		written = pwrite(fd, bytes, size, offset);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return (size_t)written == size ? 0 : -ENOSPC;
}

int record_write(int fd, uint32_t number, const struct record *record)
{
	struct record copy = *record;

	if (fd < 0)
		return -EBADF;
	copy.magic = MAGIC;
	return write_at(fd, offset_of(number), &copy, sizeof(copy));
}

bool record_read(int fd, uint32_t number, struct record *ret)
{
	struct record record;
	ssize_t size;

	if (fd < 0 || number == 0)
		return false;
	do
		size = pread(fd, &record, sizeof(record), offset_of(number));
	while (size < 0 && errno == EINTR);
	if (size != sizeof(record) || record.magic != MAGIC)
		return false;
	record.netns_path[RECORD_PATH - 1] = '\0';
	*ret = record;
	return true;
}

void record_clear(int fd, uint32_t number)
{
	static const struct record empty;

	if (fd >= 0)
		ignore(write_at(fd, offset_of(number), &empty,
				sizeof(empty))); /* what stays is about no lease that exists */
}

uint32_t record_count(int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	return (uint32_t)((uint64_t)st.st_size / sizeof(struct record));
}

int record_for_each(int fd, void (*each)(void *data, uint32_t number, const struct record *record),
		    void *data)
{
	struct record records[256];
	uint32_t number = 1;

	if (fd < 0)
		return -EBADF;
	for (;;) {
		ssize_t size = pread(fd, records, sizeof(records), offset_of(number));
		size_t count = size > 0 ? (size_t)size / sizeof(records[0]) : 0;

		if (size < 0 && errno == EINTR)
			continue;
		if (!count)
			return size < 0 ? -errno : 0;
		for (size_t i = 0; i < count; i++)
			if (records[i].magic == MAGIC)
				each(data, number + (uint32_t)i, &records[i]);
		number += (uint32_t)count;
	}
}

struct addr record_addr(const struct record *record)
{
	struct addr addr = { .family = record->family };

	memcpy(addr.bytes, record->bytes, sizeof(addr.bytes));
	return addr;
}

bool record_is_about(const struct record *record, const struct lease_stamp *stamp)
{
	return record->stamp.inode == stamp->inode && record->stamp.mtime == stamp->mtime;
}

static struct flock lock_of(uint32_t number)
{
	return (struct flock){
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = offset_of(number),
		.l_len = sizeof(struct record),
	};
}

void record_lock(int fd, uint32_t number)
{
	struct flock lock = lock_of(number);

	if (fd >= 0)
		(void)fcntl(fd, F_OFD_SETLK,
			    &lock); /* without it a twin ADD takes this one for dead */
}

bool record_is_locked(int fd, uint32_t number)
{
	struct flock lock = lock_of(number);

	/* When the kernel cannot tell, nobody is declared dead. */
	return fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
}

/* Without its leader nobody can say that the ADD was not completed. */
bool record_is_completed(int fd, uint32_t number, const struct record *record)
{
	struct record leader;

	if (record->leader == number)
		return record->completed == record->nonce;
	return !record_read(fd, record->leader, &leader) || leader.nonce != record->nonce ||
	       leader.completed == leader.nonce;
}

void record_complete(int fd, uint32_t leader, uint64_t nonce)
{
	if (fd >= 0)
		ignore(write_at(fd, offset_of(leader) + (off_t)offsetof(struct record, completed),
				&nonce, sizeof(nonce))); /* else a repeated ADD gets the same */
}
