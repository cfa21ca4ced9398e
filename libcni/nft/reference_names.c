/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how the Go plugins make names and comments of an attachment. */
#include "nft/reference_names.h"

#include <stdio.h>
#include <string.h>

#include "base/sha512.h"
#include "base/text.h"

static void set_name(struct reference_names *names, enum reference_name name, const char *prefix,
		     const char *text)
{
	if (snprintf(names->text[name], REFERENCE_NAME_SIZE, "%s%s", prefix, text) >=
	    REFERENCE_NAME_SIZE)
		names->text[name][0] = '\0';
}

/* `prefix` and the first digits of the hash of two texts without anything between them. */
static void set_hash(struct reference_names *names, enum reference_name name, const char *prefix,
		     size_t digits, const char *a, const char *b)
{
	cleanup_text struct text text = { 0 };
	char hash[2 * SHA512_SIZE + 1];

	text_addf(&text, "%s%s", a, b);
	sha512_hex(text.s, digits, hash);
	set_name(names, name, prefix, hash);
}

void reference_names_of(const struct attachment *attachment, struct reference_names *ret)
{
	const char *network = attachment->network;
	const char *id = attachment->container_id;
	cleanup_text struct text start = { 0 };
	cleanup_text struct text link = { 0 };
	char network_hash[17];

	set_hash(ret, MASQUERADE_CHAIN, "CNI-", 24, network, id);
	set_hash(ret, DNAT_CHAIN, "CNI-DN-", 21, network, id);
	set_hash(ret, SNAT_CHAIN, "CNI-SN-", 21, network, id);
	set_name(ret, CONTAINER_ID, "", id);
	sha512_hex(network, 16, network_hash);
	text_addf(&start, "%s-", network_hash);
	text_addf(&link, "%s:", attachment->ifname);
	set_hash(ret, MASQUERADE_COMMENT, start.s, 16, link.s, id);
	text_release(&link);
	text_addf(&link, "%s-%s", id, attachment->ifname);
	set_name(ret, MACSPOOF_CHAIN, "cni-br-iface-", link.s);
	text_add(&link, "-mac");
	set_name(ret, MACSPOOF_MAC_CHAIN, "cni-br-iface-", link.s);
}
