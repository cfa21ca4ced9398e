/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of names: the reference's six, and three more. */
#include "option_names.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "dhcp/message.h"

static const struct name {
	const char *name;
	int code;
} names[] = {
	{ "dhcp-client-identifier", DHCP_OPTION_CLIENT_ID },
	{ "subnet-mask", DHCP_OPTION_MASK },
	{ "routers", DHCP_OPTION_ROUTER },
	{ "host-name", DHCP_OPTION_HOST_NAME },
	{ "user-class", DHCP_OPTION_USER_CLASS },
	{ "vendor-class-identifier", DHCP_OPTION_VENDOR_CLASS },
	{ "fqdn", DHCP_OPTION_FQDN },
	{ "ntp-servers", DHCP_OPTION_NTP },
	{ "domain-search", DHCP_OPTION_SEARCH },
};

/* 0 and 255 are no options but marks. */
static bool is_value(long code)
{
	return code > 0 && code < DHCP_OPTION_END;
}

int option_names_find(const char *name)
{
	char *end;
	long code;

	for (size_t i = 0; i < array_size(names); i++)
		if (text_equal(names[i].name, name))
			return names[i].code;
	if (!*name || strspn(name, "0123456789") != strlen(name) || strlen(name) > 3)
		return -1;
	code = strtol(name, &end, 10);
	return is_value(code) ? (int)code : -1;
}
