/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows by what a machine is told from others. */
#include "net/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "types/owner.h"

/* 128 bits, as machine-id(5) and RFC 9562 write them; a file that is to be filled says else. */
enum { ID_DIGITS = 32, ID_MAX = 36 };

static bool read_id(const char *path, char ret[MACHINE_TEXT])
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char id[MACHINE_TEXT];
	ssize_t size = fd < 0 ? -1 : read(fd, id, sizeof(id) - 1);

	if (size < ID_DIGITS)
		return false;
	id[size] = '\0';
	size = (ssize_t)strspn(id, "0123456789abcdefABCDEF-");
	if (size < ID_DIGITS || size > ID_MAX)
		return false;
	memcpy(ret, id, (size_t)size);
	ret[size] = '\0';
	return true;
}

struct machine machine_read(void)
{
	static const char *const files[] = {
		"/etc/machine-id",
		"/sys/class/dmi/id/product_uuid",
		"/proc/sys/kernel/random/boot_id",
	};
	struct machine machine = { 0 };
	char id[MACHINE_TEXT] = "";

	(void)uname(&machine.name); /* cannot fail for a valid address */
	for (size_t i = 0; i < array_size(files) && !read_id(files[i], id); i++)
		;
	(void)snprintf(machine.text, sizeof(machine.text), "%s/%s", id,
		       machine.name.nodename); /* fits */
	return machine;
}

void machine_mac(const struct machine *machine, const char *text, const char *role, uint8_t ret[6])
{
	owner_mac(text, role, machine->text, ret);
}

bool machine_made_mac(const struct machine *machine, const char *text, const char *role,
		      const uint8_t mac[6])
{
	uint8_t present[6], former[6];

	owner_mac(text, role, machine->text, present);
	owner_mac(text, role, machine->name.nodename, former);
	return memcmp(mac, present, 6) == 0 || memcmp(mac, former, 6) == 0;
}
