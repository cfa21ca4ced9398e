/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The owner's text, and the names and addresses that follow from it. */
#include "types/owner.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/sha512.h"
#include "base/text.h"

/* A container id of 64 hex digits, as runtimes make them, and an interface's name stay readable. */
enum { NETWORK_MAX = 47, ID_MAX = 64, IFNAME_MAX = IFNAMSIZ - 1, DIGEST_DIGITS = 32 };

_Static_assert(NETWORK_MAX + 1 + ID_MAX + 1 + IFNAME_MAX < OWNER_TEXT, "all parts must fit");

struct part {
	char text[ID_MAX + 1]; /* the longest */
};

static struct part part_of(const char *name, size_t limit)
{
	struct part part = { "#" };

	if (strlen(name) <= limit)
		memcpy(part.text, name, strlen(name) + 1);
	else
		sha512_hex(name, DIGEST_DIGITS, part.text + 1);
	return part;
}

struct owner owner_of(const struct attachment *attachment)
{
	struct part network = part_of(attachment->network, NETWORK_MAX);
	struct part container_id = part_of(attachment->container_id, ID_MAX);
	struct owner owner;

	(void)snprintf(owner.text, sizeof(owner.text), "%.*s/%.*s/%.*s", NETWORK_MAX, network.text,
		       ID_MAX, container_id.text, IFNAME_MAX,
		       attachment->ifname); /* the assertion above: it fits */
	return owner;
}

bool owner_text_is_of_network(const char *text, const char *network)
{
	struct part part = part_of(network, NETWORK_MAX);
	size_t size = strlen(part.text);
	const char *slash;

	if (strncmp(text, part.text, size) != 0 || text[size] != '/')
		return false;
	text += size + 1;
	slash = strchr(text, '/');
	return slash && slash != text && slash[1] && !strchr(slash + 1, '/');
}

void owner_link_name(const struct owner *owner, unsigned salt, char ret[16])
{
	char text[OWNER_TEXT + sizeof("#4294967295")];
	char digits[9];

	if (salt > 0)
		(void)snprintf(text, sizeof(text), "%s#%u", owner->text, salt); /* it fits */
	else
		memcpy(text, owner->text, sizeof(owner->text));
	sha512_hex(text, 8, digits);
	(void)snprintf(ret, IFNAMSIZ, "veth%s", digits); /* it fits */
}

void owner_mac(const char *owner_text, const char *role, const char *node, uint8_t ret[6])
{
	cleanup_text struct text text = { 0 };
	uint8_t digest[SHA512_SIZE];

	text_add_bytes(&text, node, strlen(node) + 1);
	text_add_bytes(&text, owner_text, strlen(owner_text) + 1);
	text_add(&text, role);
	sha512(text.s, text.len, digest);
	memcpy(ret, digest, 6);
	ret[0] = (uint8_t)((ret[0] | 2) & ~1); /* IEEE 802: locally administered, not a group */
}
