/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pairs of CNI_ARGS, and which of them a plugin knows. */
#include "types/args.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/quote.h"
#include "base/text.h"

struct pair {
	const char *key, *value; /* neither ends with NUL: they lie in the whole text */
	size_t key_size, value_size;
};

/* The next part of the text, up to ';'. False at the end. */
static bool next_part(const char **text, const char **ret, size_t *ret_size)
{
	if (!*text)
		return false;
	*ret = *text;
	*ret_size = strcspn(*text, ";");
	*text = (*ret)[*ret_size] ? *ret + *ret_size + 1 : NULL;
	return true;
}

static bool split_pair(const char *part, size_t size, struct pair *ret)
{
	const char *equals = memchr(part, '=', size);
	const char *end = part + size;

	if (!equals || memchr(equals + 1, '=', (size_t)(end - equals - 1)))
		return false;
	*ret = (struct pair){ .key = part,
			      .key_size = (size_t)(equals - part),
			      .value = equals + 1,
			      .value_size = (size_t)(end - equals - 1) };
	return true;
}

static bool has_key(const struct pair *pair, const char *key)
{
	return strlen(key) == pair->key_size && memcmp(key, pair->key, pair->key_size) == 0;
}

static struct args_key *find_key(const struct pair *pair, struct args_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_key(pair, keys[i].key))
			return &keys[i];
	return NULL;
}

static int fail_pair(struct cni_error *err, const char *part, size_t size)
{
	cleanup_text struct text quoted = { 0 };

	quote_add(&quoted, part, size);
	return cni_fail(err, CNI_ERR_INTERNAL, 0, "ARGS: invalid pair %s", quoted.s);
}

static int fail_value(struct cni_error *err, const char *pair, size_t size, const char *why)
{
	cleanup_text struct text quoted = { 0 };

	quote_add(&quoted, pair, size);
	return cni_fail(err, CNI_ERR_INTERNAL, 0, "ARGS: error parsing value of pair %s: %s",
			quoted.s, why);
}

int args_fail(struct cni_error *err, const struct args_key *key, const char *why)
{
	cleanup_free char *pair = xasprintf("%s=%s", key->key, key->value ? key->value : "");

	return fail_value(err, pair, strlen(pair), why);
}

static int parse_ignore_unknown(const struct pair *pair, bool *ret, struct cni_error *err)
{
	cleanup_free char *value = xstrndup(pair->value, pair->value_size);
	cleanup_free char *why = NULL;

	if (text_equal(value, "1") || strcasecmp(value, "true") == 0) {
		*ret = true;
		return 0;
	}
	if (text_equal(value, "0") || strcasecmp(value, "false") == 0) {
		*ret = false;
		return 0;
	}
	why = xasprintf("boolean unmarshal error: invalid input %s", value);
	return fail_value(err, pair->key, pair->key_size + 1 + pair->value_size, why);
}

/* Everything that can be wrong; no value is taken yet. */
static int check(const char *text, struct args_key *keys, size_t count, struct cni_error *err)
{
	cleanup_text struct text unknown = { 0 };
	bool ignores_unknown = false;
	const char *part;
	size_t size;

	while (next_part(&text, &part, &size)) {
		struct pair pair;
		int r = 0;

		if (!split_pair(part, size, &pair))
			return fail_pair(err, part, size);
		if (has_key(&pair, "IgnoreUnknown")) {
			r = parse_ignore_unknown(&pair, &ignores_unknown, err);
		} else if (!find_key(&pair, keys, count)) {
			text_add(&unknown, unknown.len ? " " : "");
			quote_add(&unknown, part, size);
		}
		if (r < 0)
			return r;
	}
	if (unknown.len && !ignores_unknown)
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "ARGS: unknown args [%s]", unknown.s);
	return 0;
}

int args_parse(const char *text, struct args_key *keys, size_t count, struct cni_error *err)
{
	const char *part;
	size_t size;
	int r;

	if (text_is_empty(text))
		return 0;
	r = check(text, keys, count, err);
	if (r < 0)
		return r;
	while (next_part(&text, &part, &size)) {
		struct args_key *known;
		struct pair pair;

		if (!split_pair(part, size, &pair))
			continue;
		known = find_key(&pair, keys, count);
		if (!known)
			continue;
		free(known->value);
		known->value = xstrndup(pair.value, pair.value_size);
	}
	return 0;
}

void args_key_release(struct args_key *key)
{
	free(key->value);
}
