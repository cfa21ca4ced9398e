/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proves that an attachment is gone. */
#include "lease_life.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

/* Records and leases of the same second as the boot could be of either side. */
#define BOOT_SLACK_NS (INT64_C(2) * 1000000000)

static const char gone[] = "its network namespace is gone";

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "6fd5a44b-35f4-4ad4-a9b9-6b9be13e1fe9" */
static void read_boot_id(uint8_t ret[BOOT_ID])
{
	cleanup_close int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text));
	unsigned digits = 0;

	for (ssize_t i = 0; i < size && digits < 2 * BOOT_ID; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			continue;
		ret[digits / 2] = (uint8_t)(ret[digits / 2] << 4 | digit);
		digits++;
	}
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static int64_t find_boot_time(void)
{
	struct timespec now, since_boot;
	struct statfs fs;
	struct stat proc;
	int64_t by_clock;

	if (stat("/proc", &proc) < 0 || statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &since_boot) < 0)
		return 0;
	by_clock = nanoseconds(&now) - nanoseconds(&since_boot);
	return by_clock < nanoseconds(&proc.st_ctim) ? by_clock : nanoseconds(&proc.st_ctim);
}

void evidence_init(struct evidence *evidence, const char *netns)
{
	struct record *self = &evidence->self;
	size_t size = strlen(netns);
	struct timespec now;
	struct stat st;

	*evidence = (struct evidence){ .boot_time = find_boot_time() };
	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail for this clock */
	self->nonce = (uint64_t)nanoseconds(&now);
	read_boot_id(self->boot_id);
	if (stat("/proc/self/ns/mnt", &st) == 0) {
		self->mount_dev = st.st_dev;
		self->mount_inode = st.st_ino;
	}
	if (size && size < RECORD_PATH && *netns == '/' && node_look(netns, &self->netns) == 0) {
		memcpy(self->netns_path, netns, size + 1);
		self->has_netns = 1;
		if (node_path_is_of_process(netns))
			self->netns.ctime = 0;
	}
}

void evidence_release(struct evidence *evidence)
{
	holders_release(&evidence->holders);
	census_release(&evidence->census);
	*evidence = (struct evidence){ 0 };
}

static const struct holders *find_holders(struct evidence *evidence)
{
	if (!evidence->has_looked)
		holders_find(&evidence->holders);
	evidence->has_looked = true;
	return &evidence->holders;
}

static bool is_in_use(struct evidence *evidence, const struct addr *addr)
{
	if (!evidence->has_counted)
		census_take(find_holders(evidence), &evidence->census);
	evidence->has_counted = true;
	return census_has(&evidence->census, addr);
}

/*
 * A path that is gone together with its folder may only be hidden, unless it is that of a process.
 */
static bool is_really_gone(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[RECORD_PATH];
	struct stat st;

	if (node_path_is_of_process(path))
		return stat("/proc/self", &st) == 0;
	(void)snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path), path); /* it fits */
	return stat(folder, &st) == 0;
}

/* What can be told by looking around, where the kernel cannot be asked. */
static enum life look_around(struct evidence *evidence, const struct record *record,
			     const char **ret_why)
{
	const struct node *netns = &record->netns;
	struct node now;
	int r;

	if (record->mount_dev != evidence->self.mount_dev ||
	    record->mount_inode != evidence->self.mount_inode)
		return LIFE_UNKNOWN;
	r = node_look(record->netns_path, &now);
	if (r == 0 && node_is_same(netns, &now))
		return LIFE_ALIVE;
	if (r < 0 && r != -ENOENT && r != -ENOTDIR && r != -EINVAL)
		return LIFE_UNKNOWN;
	if ((r == -ENOENT || r == -ENOTDIR) && !is_really_gone(record->netns_path))
		return LIFE_UNKNOWN;
	/* Its number belongs to another namespace now: nobody can hold the old one. */
	if (r == 0 && now.dev == netns->dev && now.inode == netns->inode) {
		*ret_why = "its network namespace was replaced by another";
		return LIFE_DEAD;
	}
	if (holders_have(find_holders(evidence), netns))
		return LIFE_ALIVE;
	*ret_why = gone;
	return LIFE_DEAD;
}

static enum life judge_netns(struct evidence *evidence, const struct record *record,
			     const char **ret_why)
{
	int lives;

	if (*record->netns_path != '/') /* damaged, as we write no other: so may be the number */
		return LIFE_UNKNOWN;
	lives = node_lives(&record->netns);
	if (lives < 0)
		return look_around(evidence, record, ret_why);
	*ret_why = gone;
	return lives ? LIFE_ALIVE : LIFE_DEAD;
}

bool life_is_plain(const struct evidence *evidence, const struct record *record)
{
	return record->has_netns && record->stamp.inode &&
	       memcmp(record->boot_id, evidence->self.boot_id, BOOT_ID) == 0 &&
	       record->mount_dev == evidence->self.mount_dev &&
	       record->mount_inode == evidence->self.mount_inode &&
	       node_is_still_at(&record->netns, record->netns_path);
}

/* Without a second line it could be a note by which somebody keeps an address for himself. */
static enum life judge_age(struct evidence *evidence, const struct addr *addr, const char *content,
			   const struct lease_stamp *stamp, const char **ret_why)
{
	if (!evidence->boot_time || !lease_text_is_complete(content) ||
	    stamp->mtime >= evidence->boot_time - BOOT_SLACK_NS || is_in_use(evidence, addr))
		return LIFE_UNKNOWN;
	*ret_why = "it is older than this boot, and no network namespace has the address";
	return LIFE_DEAD;
}

enum life life_judge(struct evidence *evidence, const struct addr *addr, const char *content,
		     const struct lease_stamp *stamp, const struct record *record,
		     const char **ret_why)
{
	const uint8_t *boot_id = evidence->self.boot_id;

	if (!record)
		return judge_age(evidence, addr, content, stamp, ret_why);
	if (is_zero(boot_id, BOOT_ID) || is_zero(record->boot_id, BOOT_ID))
		return LIFE_UNKNOWN;
	if (memcmp(record->boot_id, boot_id, BOOT_ID) != 0) {
		*ret_why = "it was made before the last boot";
		return LIFE_DEAD;
	}
	return record->has_netns ? judge_netns(evidence, record, ret_why) : LIFE_UNKNOWN;
}
