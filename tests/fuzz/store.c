/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What host-local reads from files that others may have written: leases, resolv.conf, cursors, and
 * an index in which bytes were changed. The first byte of the input says which.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../ipam/host-local/cursor.h"
#include "../../ipam/host-local/index.h"
#include "../../ipam/host-local/resolv.h"
#include "base/alloc.h"
#include "base/file.h"
#include "lease/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_file(int dir, const char *name, const uint8_t *data, size_t size)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert(fd >= 0 && file_write_fd(fd, data, size) == 0);
}

/* Whoever a lease belongs to is found in it again; nobody else is. */
static void read_lease(int dir, const uint8_t *data, size_t size)
{
	static const struct attachment other = { .container_id = "!", .ifname = "!" };
	cleanup_lease_file struct lease_file file = { .state = LEASE_ABSENT };

	write_file(dir, "10.0.0.1", data, size);
	lease_file_read(dir, "10.0.0.1", &file);
	assert(file.state == LEASE_HELD || file.state == LEASE_EMPTY);
	if (file.state == LEASE_EMPTY)
		return;
	assert(lease_text_id_size(file.content.s) <= file.content.len);
	assert(lease_text_match(file.content.s, &other) == LEASE_OTHER || memchr(data, '!', size));
	if (lease_text_is_complete(file.content.s)) {
		size_t id_size = lease_text_id_size(file.content.s);
		cleanup_free char *id = xstrndup(file.content.s, id_size);
		const struct attachment owner = {
			.container_id = id,
			.ifname = file.content.s + id_size + 2,
		};

		assert(lease_text_match(file.content.s, &owner) == LEASE_SAME);
	}
}

static void read_resolv(const uint8_t *data, size_t size)
{
	cleanup_with(dns_release) struct dns dns = { 0 };
	cleanup_text struct text text = { 0 };

	text_add_bytes(&text, data, size);
	resolv_parse(&text, &dns);
	for (size_t i = 0; i < dns.nameservers.count; i++)
		assert(*dns.nameservers.items[i]);
}

static void read_cursor(int dir, const uint8_t *data, size_t size)
{
	struct addr addr, again;

	write_file(dir, "last_reserved_ip.0", data, size);
	if (!cursor_read(dir, 0, &addr))
		return;
	(void)cursor_write(dir, 0, &addr);
	assert(cursor_read(dir, 0, &again) && addr_equal(&addr, &again));
}

static void make_index(int dir)
{
	const struct index_mark mark = { .mtime = 1 };
	cleanup_index struct index index = { 0 };
	struct addr addr = { AF_INET, { 10 } };

	index_create(0, &index);
	for (int i = 0; i < 40; i++) {
		uint32_t number = index_add(&index, &addr, 0);

		if (i % 4)
			index_take(&index, number, 1 + (unsigned)i % 3, (unsigned)i % 2);
		else
			index_rest(&index, number, 7, 100 - (unsigned)i);
		addr = addr_plus(&addr, (unsigned)i * 37);
	}
	index_commit(&index, &mark);
	index_publish(&index, dir, "index");
}

/* Wrong answers are allowed, but nothing else. */
static void use_index(struct index *index)
{
	struct addr addr = { AF_INET, { 10 } }, last = { AF_INET, { 10, 255 } }, found;
	uint32_t number = 0;

	for (int i = 0; i < 1000 && (number = index_next_of_id(index, 2, number)); i++)
		;
	for (int i = 0; i < 1000 && (number = index_next_of_pod(index, 7, number)); i++)
		;
	for (int i = 0; i < 1000 && (number = index_next_resting(index, number)); i++)
		;
	if (!index_find_vacant(index, &addr, &last, &found))
		return;
	index_begin(index);
	number = index_find(index, &found);
	if (!number)
		number = index_add(index, &found, 0);
	index_take(index, number, 3, 0);
	index_rest(index, number, 7, 50);
	index_remove(index, number);
}

static void damage_index(int dir, const uint8_t *data, size_t size)
{
	cleanup_index struct index index = { 0 };
	cleanup_close int fd = -1;

	make_index(dir);
	fd = openat(dir, "index", O_WRONLY);
	assert(fd >= 0);
	for (; size >= 3; data += 3, size -= 3)
		assert(pwrite(fd, data + 2, 1, data[0] << 8 | data[1]) == 1);
	if (index_open(dir, "index", true, &index))
		use_index(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int dir = -1;
	char path[64];

	if (!size)
		return 0;
	(void)snprintf(path, sizeof(path), "/dev/shm/fuzz-store.%d", (int)getpid());
	assert(mkdir(path, 0700) == 0);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert(dir >= 0);
	switch (data[0] % 4) {
	case 0:
		read_lease(dir, data + 1, size - 1);
		break;
	case 1:
		read_resolv(data + 1, size - 1);
		break;
	case 2:
		read_cursor(dir, data + 1, size - 1);
		break;
	default:
		damage_index(dir, data + 1, size - 1);
	}
	(void)unlinkat(dir, "10.0.0.1", 0);
	(void)unlinkat(dir, "last_reserved_ip.0", 0);
	(void)unlinkat(dir, "index", 0);
	assert(rmdir(path) == 0);
	return 0;
}
