/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The versions, and how they compare. */
#include "types/version.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "types/json.h"

const char *const version_list[] = {
	"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0", NULL,
};

static const enum version_shape shapes[] = {
	SHAPE_0_1, SHAPE_0_1, SHAPE_0_3, SHAPE_0_3, SHAPE_0_3, SHAPE_1_0, SHAPE_1_0,
};

static const char *or_unset(const char *version)
{
	return text_is_empty(version) ? VERSION_UNSET : version;
}

static const char *const *find(const char *version)
{
	const char *const *listed = version_list;

	while (*listed && !text_equal(*listed, version))
		listed++;
	return listed;
}

enum version_shape version_shape(const char *version)
{
	const char *const *listed = find(or_unset(version));

	return *listed ? shapes[listed - version_list] : SHAPE_NONE;
}

bool version_is_supported(const char *version, const char *lowest)
{
	const char *const *listed = find(or_unset(version));

	return *listed && listed >= find(lowest);
}

static int parse_part(const char *part, const char *name, long *ret, struct cni_error *err)
{
	const char *why = "invalid syntax";
	char *end;

	errno = 0;
	*ret = strtol(part, &end, 10);
	if (end != part && !*end && !isspace((unsigned char)*part)) {
		if (!errno)
			return 0;
		why = "value out of range";
	}
	return cni_fail(
		err, CNI_ERR_DECODE, 0,
		"failed to convert %s version part \"%s\": strconv.Atoi: parsing \"%s\": %s", name,
		part, part, why);
}

static int parse_version(const char *version, long parts[3], struct cni_error *err)
{
	static const char *const names[] = { "major", "minor", "micro" };
	cleanup_free char *copy = xstrdup(or_unset(version));
	char *texts[3] = { 0 };
	char *rest = copy;

	for (int i = 0; i < 3 && rest; i++)
		texts[i] = strsep(&rest, ".");
	if (rest)
		return cni_fail(err, CNI_ERR_DECODE, 0, "invalid version \"%s\": too many parts",
				version);
	for (int i = 0; i < 3 && texts[i]; i++) {
		int r = parse_part(texts[i], names[i], &parts[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

int version_compare(const char *a, const char *b, int *ret, struct cni_error *err)
{
	long of_a[3] = { 0 }, of_b[3] = { 0 };
	int r = parse_version(a, of_a, err) ?: parse_version(b, of_b, err);

	if (r < 0)
		return r;
	*ret = 0;
	for (int i = 0; i < 3 && *ret == 0; i++)
		*ret = (of_a[i] > of_b[i]) - (of_a[i] < of_b[i]);
	return 0;
}

void version_print(const char *lowest, struct text *out)
{
	struct json_writer w = { .out = out, .compact = true };

	json_open(&w, NULL, '{');
	json_string(&w, "cniVersion", VERSION_NEWEST);
	json_open(&w, "supportedVersions", '[');
	for (const char *const *listed = find(lowest); *listed; listed++)
		json_string(&w, NULL, *listed);
	json_close(&w, ']');
	json_close(&w, '}');
	text_add(out, "\n");
}

void version_print_quoted(const char *lowest, struct text *out)
{
	const char *before = "[";

	for (const char *const *listed = find(lowest); *listed; listed++, before = " ")
		text_addf(out, "%s\"%s\"", before, *listed);
	text_add(out, "]");
}

void version_print_plain(const char *lowest, struct text *out)
{
	const char *before = "";

	for (const char *const *listed = find(lowest); *listed; listed++, before = ", ")
		text_addf(out, "%s%s", before, *listed);
}
