/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What we know about an attachment and its lease does not say: which network namespace it is in, in
 * which boot it was made, and whether its ADD ever ended. Record n belongs to entry n of the index
 * but is no part of it: the index can be rebuilt from the leases, records cannot. Each is written
 * by one call, so it is there as a whole or not at all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "lease/lease.h"
#include "net/node.h"
#include "types/addr.h"

enum { RECORD_PATH = 112, BOOT_ID = 16 };

struct record {
	uint32_t magic;
	uint8_t family;
	uint8_t has_netns;
	uint8_t unused[2];
	uint8_t bytes[16];
	uint32_t leader; /* the first record of the same ADD, which speaks for all of them */
	uint32_t unused_too;
	uint64_t nonce;	    /* one ADD */
	uint64_t completed; /* of a leader: equals nonce when the ADD's caller has the result */
	struct lease_stamp stamp; /* the lease this is about; inode 0: none, the address rests */
	uint8_t boot_id[BOOT_ID];
	struct node netns;
	uint64_t mount_dev, mount_inode; /* the mount namespace in which the path means something */
	uint64_t pod_hash, ready_at;	 /* as in the index */
	char netns_path[RECORD_PATH];	 /* "" when it was too long */
};

/* 0 or -errno. A descriptor of -1 means that there is no file of records. */
int record_write(int fd, uint32_t number, const struct record *record) must_check;

/* False when there is none or it is damaged. */
bool record_read(int fd, uint32_t number, struct record *ret);

void record_clear(int fd, uint32_t number);

/* How many records the file has room for. */
uint32_t record_count(int fd);

/* Calls `each` for every record there is, in order; 0 or -errno. */
int record_for_each(int fd, void (*each)(void *data, uint32_t number, const struct record *record),
		    void *data) must_check;

struct addr record_addr(const struct record *record);

/* True when the record is about the lease with this stamp. */
bool record_is_about(const struct record *record, const struct lease_stamp *stamp);

/*
 * While an ADD runs it holds a lock on its records; the kernel takes that away when the process
 * ends. So records that are neither completed nor locked belong to an ADD that was killed before
 * anyone got its result.
 */
void record_lock(int fd, uint32_t number);
bool record_is_locked(int fd, uint32_t number);
bool record_is_completed(int fd, uint32_t number, const struct record *record);

/*
 * Says that the caller of the ADD with this nonce has the result; of no effect on the records of
 * any other ADD.
 */
void record_complete(int fd, uint32_t leader, uint64_t nonce);
