/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conditionsV4 and conditionsV6: what else a connection must fulfil to be forwarded. Written in the
 * words of nft (`ip daddr != { 192.0.2.1, 198.51.100.0/24 } iifname eth0`) or of iptables
 * (`! -d 192.0.2.1,198.51.100.0/24 -i eth0`). Pure.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's headers, which then leave the same names out */

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "types/addr.h"
#include "types/json.h"

enum { CONDITIONS_MAX = 32, CONDITIONS_HASH = 8 };

enum condition_field {
	CONDITION_SADDR,
	CONDITION_DADDR,
	CONDITION_IIFNAME,
	CONDITION_OIFNAME,
	CONDITION_MARK,
};

/* One value that the field has (or, negated, has not). */
struct condition {
	enum condition_field field;
	bool negated;
	unsigned list; /* values with the same number are alternatives */
	struct prefix prefix;
	char name[IFNAMSIZ];
	bool is_beginning; /* of a name */
	uint32_t mark, mask;
};

struct conditions {
	struct condition items[CONDITIONS_MAX];
	size_t count;
	uint8_t hash[CONDITIONS_HASH]; /* of what they say; zero when there are none */
};

enum conditions_syntax { SYNTAX_NONE, SYNTAX_IPTABLES, SYNTAX_NFTABLES };

/* Whose words they are, by the first one. `words` is a list of strings or NULL. */
enum conditions_syntax conditions_syntax(const cJSON *words);

/* `key` names them in errors; code 7 names the word that is not understood. */
int conditions_read(const cJSON *words, const char *key, int family, struct conditions *ret,
		    struct cni_error *err) must_check;
