/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which characters names may have. */
#include "types/name.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

/* Not isalnum(): only ASCII counts, in every locale. */
static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_plain_name(const char *name)
{
	if (!is_letter_or_digit(*name))
		return false;
	while (is_letter_or_digit(*name) || (*name && strchr("_.-", *name)))
		name++;
	return !*name;
}

int name_check_container_id(const char *id, struct cni_error *err)
{
	int r;

	if (is_plain_name(id))
		return 0;
	r = cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "invalid characters in containerID");
	cni_error_details(err, "%s", id);
	return r;
}

int name_check_network(const char *name_or_null, struct cni_error *err)
{
	int r;

	if (text_is_empty(name_or_null))
		return cni_fail(err, CNI_ERR_CONFIG, 0, "missing network name");
	if (is_plain_name(name_or_null))
		return 0;
	r = cni_fail(err, CNI_ERR_CONFIG, 0, "invalid characters found in network name");
	cni_error_details(err, "%s", name_or_null);
	return r;
}

/* The white space of Unicode. */
static bool is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

static bool has_forbidden_character(const char *ifname)
{
	size_t left = strlen(ifname);

	while (left > 0) {
		uint32_t character;
		size_t length = utf8_decode(ifname, left, &character);

		if (character == '/' || character == ':' || is_space(character))
			return true;
		length = length ? length : 1;
		ifname += length;
		left -= length;
	}
	return false;
}

int name_check_ifname(const char *ifname, struct cni_error *err)
{
	int r;

	if (!*ifname)
		return cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "interface name is empty");
	if (strlen(ifname) >= IFNAMSIZ) {
		r = cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "interface name is too long");
		cni_error_details(err, "interface name should be less than %d characters",
				  IFNAMSIZ);
		return r;
	}
	if (text_equal(ifname, ".") || text_equal(ifname, ".."))
		return cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "interface name is . or ..");
	if (has_forbidden_character(ifname))
		return cni_fail(err, CNI_ERR_ENVIRONMENT, 0,
				"interface name contains / or : or whitespace characters");
	return 0;
}

bool name_is_of_file(const char *name)
{
	return *name && strlen(name) <= NAME_MAX && !strchr(name, '/') && !text_equal(name, ".") &&
	       !text_equal(name, "..");
}
