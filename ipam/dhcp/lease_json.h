/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lease, and what ADD asks for, as JSON. Pure. */
#pragma once

#include "holding.h"
#include "types/json.h"

/*
 * What ADD asks of the daemon, in one line: the shape is the same in the plugin, on the socket and
 * in files.
 */
struct wish {
	const char *owner, *netns, *ifname;
	const uint8_t *client_id, *options;
	size_t client_id_size, options_size;
	bool broadcast, checks;
	int priority, timeout; /* seconds; 0: the daemon's */
	const char *token;     /* of this ADD: no other one has it */
};

void wish_write(struct json_writer *w, const struct wish *wish);

/* A holding without a place, its wishes filled but for the MAC; -EBADMSG. */
int wish_read(const cJSON *json, struct holding **ret) must_check;

/*
 * A lease; or, while the client has none yet, what it asks a server for, which is read back as a
 * client in REQUESTING without `ack`.
 */
void lease_json_write(const struct holding *holding, const char *boot, struct text *out);

/* -EBADMSG when it is none of this boot. */
int lease_json_read(const cJSON *json, const char *boot, struct holding **ret) must_check;

/* Small readers: NULL, or false, when it is not there or no such thing. */
const char *lease_json_text(const cJSON *json, const char *key);
bool lease_json_integer(const cJSON *json, const char *key, long *ret);
int lease_json_bytes(const cJSON *json, const char *key, uint8_t **ret,
		     size_t *ret_size) must_check;
void lease_json_put_bytes(struct json_writer *w, const char *key, const void *bytes, size_t size);
