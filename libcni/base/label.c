/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where a thread's SELinux label is read and written. */
#include "base/label.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

static const char path[] = "/proc/thread-self/attr/current";

static const char lost_object[] =
	"{\n"
	"    \"code\": 999,\n"
	"    \"msg\": \"cannot return to the SELinux label this program was started with\",\n"
	"    \"details\": \"the policy refuses it; a DEL removes what was made so far\"\n"
	"}";

bool label_is_known(void)
{
	return access("/sys/fs/selinux/enforce", F_OK) == 0;
}

static int set(const char *label)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : file_write_fd(fd, label, strlen(label));
}

static int get(char **ret)
{
	cleanup_text struct text text = { 0 };
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : file_read_fd(fd, &text);

	if (r < 0)
		return r;
	*ret = xstrdup(text.s ? text.s : ""); /* without the kernel's 0 at its end */
	return 0;
}

int label_take(struct label *label, const char *wanted)
{
	cleanup_free char *old = NULL;
	int r = get(&old) ?: set(wanted);

	if (r == 0)
		label->old = steal(&old);
	return r;
}

void label_restore(struct label *label)
{
	if (label->old && set(label->old) < 0)
		give_up(lost_object);
	free(label->old);
	label->old = NULL;
}
