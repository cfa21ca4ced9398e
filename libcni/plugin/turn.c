/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows what stands for an attachment: a byte of a file that only root can write to. A lock on the
 * namespace would be simpler, but a container, and any user who finds its path, could take that.
 */
#include "plugin/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/sha512.h"
#include "base/warn.h"

#define FOLDER "/run/cni"

static const char turns[] = FOLDER "/turns";

enum { ADD_WAIT_SECONDS = 30, DEL_WAIT_SECONDS = 5, FOLDER_MODE = 0755, FILE_MODE = 0600 };

/* Where no file is, nobody is at work, so DEL makes none. */
static int open_turns(bool is_del)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (is_del ? 0 : O_CREAT);
	int fd = open(turns, flags, FILE_MODE);

	if (fd >= 0 || errno != ENOENT || is_del)
		return fd;
	return file_make_folders(FOLDER, FOLDER_MODE) < 0 ? -1 : open(turns, flags, FILE_MODE);
}

static off_t place_of(const void *bytes, size_t size)
{
	uint8_t digest[SHA512_SIZE];
	uint64_t number;

	sha512(bytes, size, digest);
	memcpy(&number, digest, sizeof(number));
	return (off_t)(number >> 2); /* a file can be as long */
}

static int fail_wait(const struct cni_call *call, const char *of_what, int r, struct cni_error *err)
{
	if (r == -EINTR)
		return cni_fail(err, CNI_ERR_TRY_LATER, EINTR,
				"gave up waiting for another ADD or DEL of %s in container %s",
				of_what, call->container_id);
	(void)cni_fail(
		err, CNI_ERR_TRY_LATER, 0,
		"another ADD or DEL of %s in container %s has been at work for more than %d seconds",
		of_what, call->container_id, ADD_WAIT_SECONDS);
	cni_error_details(err, "try again when it has ended");
	return r;
}

static int wait_at(const struct cni_call *call, off_t place, const char *of_what, bool is_del,
		   int *ret_fd, struct cni_error *err)
{
	const int seconds = is_del ? DEL_WAIT_SECONDS : ADD_WAIT_SECONDS;
	cleanup_close int fd = open_turns(is_del);
	int r = fd < 0 ? 0 : file_lock_byte(fd, place, deadline_in(seconds * 1000));

	if (r == -ETIMEDOUT && is_del) {
		cni_warn("DEL of %s in container %s goes on beside another ADD or DEL of it",
			 of_what, call->container_id);
		return 0;
	}
	if (r == -EINTR || r == -ETIMEDOUT)
		return fail_wait(call, of_what, r, err);
	*ret_fd = steal_fd(&fd); /* also without a lock, where the file system has none */
	return 0;
}

int turn_wait(const struct cni_call *call, bool is_del, int *ret_fd, struct cni_error *err)
{
	const struct attachment attachment = call_attachment(call);
	const struct owner owner = owner_of(&attachment);

	return wait_at(call, place_of(owner.text, strlen(owner.text)), call->ifname, is_del, ret_fd,
		       err);
}

/* Known by its number, as it has many paths. */
int turn_wait_namespace(const struct cni_call *call, int netns, bool is_del, int *ret_fd,
			struct cni_error *err)
{
	cleanup_free char *name = NULL;
	struct stat st;

	if (fstat(netns, &st) < 0)
		return cni_fail(err, CNI_ERR_INTERNAL, errno, "cannot look at the namespace %s",
				call->netns);
	name = xasprintf("namespace %ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return wait_at(call, place_of(name, strlen(name)), "another interface", is_del, ret_fd,
		       err);
}
