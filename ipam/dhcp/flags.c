/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the daemon's flags. */
#include "flags.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/text.h"

const char flags_usage[] =
	"Usage: dhcp daemon [flags]\n"
	"  -pidfile string       path to write the daemon's process id to\n"
	"  -hostprefix string    prefix of the socket's path and of those of namespaces\n"
	"  -socketpath string    path of the socket (default \"" SOCKET_PATH "\")\n"
	"  -broadcast            ask servers to answer by broadcast\n"
	"  -timeout duration     until a packet is sent again, at most 4s (default 10s)\n"
	"  -resendmax duration   longest pause between two packets (default 1m2s)\n"
	"  -resendtimeout duration\n"
	"                        how long ADD asks before it gives up (default 3m28s)\n";

enum flag_type { FLAG_TEXT, FLAG_BOOL, FLAG_DURATION };

static const struct flag {
	const char *name;
	enum flag_type type;
	size_t offset;
} table[] = {
	{ "pidfile", FLAG_TEXT, offsetof(struct flags, pid_file) },
	{ "hostprefix", FLAG_TEXT, offsetof(struct flags, host_prefix) },
	{ "socketpath", FLAG_TEXT, offsetof(struct flags, socket_path) },
	{ "broadcast", FLAG_BOOL, offsetof(struct flags, broadcast) },
	{ "timeout", FLAG_DURATION, offsetof(struct flags, timeout) },
	{ "resendmax", FLAG_DURATION, offsetof(struct flags, resend_max) },
	{ "resendtimeout", FLAG_DURATION, offsetof(struct flags, resend_timeout) },
};

static const struct unit {
	const char *name;
	double ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

static const struct unit *find_unit(const char *text, size_t size)
{
	for (size_t i = 0; i < array_size(units); i++)
		if (strlen(units[i].name) == size && strncmp(units[i].name, text, size) == 0)
			return &units[i];
	return NULL;
}

int flags_parse_duration(const char *text, int *ret)
{
	double total = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	while (*text) {
		const size_t digits = strspn(text, "0123456789.");
		char *end;
		const double number = strtod(text, &end);
		const char *name = text + digits;
		const size_t size = strcspn(name, "0123456789.");
		const struct unit *unit = find_unit(name, size);

		if (!digits || end != name || !unit)
			return -EINVAL;
		total += number * unit->ms;
		text = name + size;
	}
	if (total < 1 || total > INT_MAX)
		return -EINVAL;
	*ret = (int)total;
	return 0;
}

static int fail_value(const struct flag *flag, const char *value, struct cni_error *err)
{
	return cni_fail(err, CNI_ERR_CONFIG, 0, "invalid value \"%s\" for flag -%s", value,
			flag->name);
}

static int set(struct flags *flags, const struct flag *flag, const char *value,
	       struct cni_error *err)
{
	char *place = (char *)flags + flag->offset;

	if (flag->type == FLAG_TEXT) {
		*(const char **)(void *)place = value;
		return 0;
	}
	if (flag->type == FLAG_DURATION)
		return flags_parse_duration(value, (int *)(void *)place) < 0
			       ? fail_value(flag, value, err)
			       : 0;
	if (!text_equal(value, "true") && !text_equal(value, "false"))
		return fail_value(flag, value, err);
	*(bool *)place = text_equal(value, "true");
	return 0;
}

static const struct flag *find_flag(const char *name, size_t size)
{
	for (size_t i = 0; i < array_size(table); i++)
		if (strlen(table[i].name) == size && strncmp(table[i].name, name, size) == 0)
			return &table[i];
	return NULL;
}

static int check(const struct flags *flags, struct cni_error *err)
{
	if (*flags->pid_file && *flags->pid_file != '/')
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"Error writing pidfile \"%s\": it is not an absolute path",
				flags->pid_file);
	if (*flags->socket_path != '/')
		return cni_fail(err, CNI_ERR_CONFIG, 0, "-socketpath: %s is not an absolute path",
				flags->socket_path);
	return 0;
}

int flags_parse(char *const *arguments, struct flags *ret, struct cni_error *err)
{
	struct flags flags = { .pid_file = "",
			       .host_prefix = "",
			       .socket_path = SOCKET_PATH,
			       .timeout = 10000,
			       .resend_max = 62000,
			       .resend_timeout = 208000 };
	int r;

	for (; *arguments; arguments++) {
		const char *name = *arguments, *value;
		const struct flag *flag = NULL;
		size_t size;

		if (*name == '-')
			name += name[1] == '-' ? 2 : 1;
		size = strcspn(name, "=");
		if (name != *arguments)
			flag = find_flag(name, size);
		if (!flag)
			return cni_fail(err, CNI_ERR_CONFIG, 0, "flag provided but not defined: %s",
					*arguments);
		value = name[size] == '='	  ? name + size + 1
			: flag->type == FLAG_BOOL ? "true"
						  : *++arguments;
		if (!value)
			return cni_fail(err, CNI_ERR_CONFIG, 0, "flag needs an argument: -%s",
					flag->name);
		r = set(&flags, flag, value, err);
		if (r < 0)
			return r;
	}
	r = check(&flags, err);
	if (r == 0)
		*ret = flags;
	return r;
}
