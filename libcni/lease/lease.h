/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One lease file: named after its address, holding "id CRLF ifname", or only the id when an old
 * version of the reference wrote it. A new one is a draft without a name until it is complete;
 * giving it its name is the exclusive claim.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "types/addr.h"
#include "types/owner.h"

enum lease_state {
	LEASE_ABSENT,
	LEASE_EMPTY,   /* its writer was killed, or a power cut took the bytes: free */
	LEASE_FOREIGN, /* no regular file, or not readable: taken, and nobody's that we could name
			*/
	LEASE_HELD,
};

/* Tells a lease from a later one of the same name. */
struct lease_stamp {
	uint64_t inode;
	int64_t mtime; /* nanoseconds since 1970 */
};

struct lease_file {
	enum lease_state state;
	int errnum; /* of LEASE_FOREIGN: descriptors or memory were short, so this says nothing
		       about it */
	struct text content; /* of LEASE_HELD, without white space around it */
	struct lease_stamp stamp;
};

#define cleanup_lease_file cleanup_with(lease_file_release)

/* What a lease says about an attachment. */
enum lease_match {
	LEASE_OTHER,
	LEASE_SAME_ID, /* the old format names no interface, so it may be any of this container */
	LEASE_SAME,
};

/*
 * The address a directory entry is named after: 0, or -EINVAL for other names and other spellings.
 */
int lease_name_parse(const char *name, struct addr *ret) must_check;

/* Follows no symbolic link and waits for no FIFO. */
void lease_file_read(int dir_fd, const char *name, struct lease_file *ret);

/*
 * The same without the stamp, for what is known to be a regular file: a call less, when there are
 * many.
 */
void lease_file_read_content(int dir_fd, const char *name, struct lease_file *ret);
void lease_file_release(struct lease_file *file);

enum lease_match lease_text_match(const char *content, const struct attachment *owner);

/* The bytes of the content that are the container id. */
size_t lease_text_id_size(const char *content);

/* True for "id CRLF ifname": what only a plugin writes. */
bool lease_text_is_complete(const char *content);

/* A lease that has no name yet; vanishes unless published. */
struct draft {
	int dir_fd; /* borrowed */
	int fd;	    /* -1 once a named draft is complete */
	bool is_named;
	struct lease_stamp stamp;
};

#define cleanup_draft cleanup_with(draft_release)

/* Writes the lease of `owner`; 0 or -errno, and then nothing is left. */
int draft_write(int dir_fd, const struct attachment *owner, struct draft *ret) must_check;

/* Gives it the name: 0, -EEXIST when that is taken, other -errno. */
int draft_publish(struct draft *draft, const char *name) must_check;

void draft_release(struct draft *draft);
