/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON the way the reference's runtime passes it on: it reads configurations into maps, so
 * members come out sorted by their bytes, the last of equal keys counts, keys are compared
 * exactly, and numbers have gone through a double (cni-protocol §8.3). Pure.
 */
#pragma once

#include "types/json.h"

/*
 * Like json_parse(), and refuses a number beyond a double with the reference's words. *why is the
 * caller's to free; -EINVAL.
 */
int canon_parse(const char *bytes, size_t size, cJSON **ret, char **why) must_check;

/*
 * The member of that exact name, the last one where it is there twice; null is a value. NULL when
 * absent.
 */
const cJSON *canon_find(const cJSON *object, const char *key);

/* Replaces or adds a member; takes `value`. */
void canon_set(cJSON *object, const char *key, cJSON *value);

void canon_value(struct json_writer *w, const char *key_or_null, const cJSON *value);

/*
 * What the reference calls the type of a value read into a map: "float64", "map[string]interface
 * {}", "<nil>".
 */
const char *canon_type_name(const cJSON *value);
