/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk through a configuration, and what was meant by a wrong key. */
#include "types/keys.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/warn.h"
#include "types/json.h"
#include "types/key_table.h"

/* What libcni and multus put into the configuration of any plugin, beside what is written there. */
static const char protocol_keys[] =
	"cniVersion cniVersions name type capabilities args runtimeConfig ipam dns prevResult log";
static const char runtime_keys[] =
	"disableCheck disableGC loadOnlyInlinedPlugins deviceID pciBusID";

struct search {
	const char *type;
	keys_unknown_fn *report;
	void *data;
	unsigned reported;
};

/* The next word of a list with blanks between, or the next name of the table's rows; else NULL. */
static const char *next_word(const char **list, size_t *ret_size)
{
	const char *word = *list + strspn(*list, " \n");

	*ret_size = strcspn(word, " |");
	*list = word + *ret_size;
	if (**list == '|')
		*list += strcspn(*list, "\n");
	return *ret_size ? word : NULL;
}

static bool has_word(const char *list, const char *key)
{
	size_t key_size = strlen(key), size;

	for (const char *word; (word = next_word(&list, &size));)
		if (size == key_size && strncasecmp(word, key, size) == 0)
			return true;
	return false;
}

enum { WORD_MAX = 32 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters that are wrong, missing, too many or swapped with their neighbour, in any case. */
static unsigned distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
	unsigned rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_size; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_size; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3],
			 *higher = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_size; j++) {
			int x = tolower((unsigned char)a[i - 1]),
			    y = tolower((unsigned char)b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				row[j] = least(row[j], higher[j - 2] + 1);
		}
	}
	return rows[a_size % 3][b_size];
}

/* Takes the word of the list that is nearer to `key` than *best. */
static void take_nearest(const char *list, const char *key, unsigned *best, char **ret)
{
	size_t key_size = strlen(key), size;

	for (const char *word; (word = next_word(&list, &size));) {
		unsigned far;

		if (size > WORD_MAX || key_size > WORD_MAX)
			continue;
		far = distance(key, key_size, word, size);
		if (far >= *best)
			continue;
		*best = far;
		free(*ret);
		*ret = xstrndup(word, size);
	}
}

/* Comments, and what carries the name of its vendor. */
static bool is_marked(const char *key)
{
	return strchr("_$#/", *key) || strpbrk(key, "/.") || strncasecmp(key, "x-", 2) == 0;
}

static void check_key(struct search *s, const struct key_place *place, const char *key,
		      const char *path)
{
	cleanup_free char *meant = NULL;
	unsigned best = strlen(key) < 6 ? 2 : 3; /* one letter off, or two of a longer word */
	bool is_top = !*place->where;

	if (place->is_open || is_marked(key) || has_word(place->rows, key) ||
	    has_word(place->others, key))
		return;
	if (is_top && (has_word(protocol_keys, key) || has_word(runtime_keys, key)))
		return;
	take_nearest(place->rows, key, &best, &meant);
	if (is_top)
		take_nearest(protocol_keys, key, &best, &meant);
	s->report(path, meant, s->data);
	s->reported++;
}

/*
 * Whether `path`, with numbers in its brackets, is `where` or, when `goes_on` is allowed, the way
 * to something in it.
 */
static bool is_path(const char *path, const char *where, bool goes_on)
{
	for (; *path; path++, where++) {
		if (tolower((unsigned char)*path) != tolower((unsigned char)*where))
			return false;
		if (*path == '[')
			path += strspn(path + 1, "0123456789");
	}
	return goes_on || !*where;
}

static bool leads_somewhere(const struct search *s, const char *path)
{
	for (size_t i = 0; i < key_place_count; i++)
		if (text_equal(key_places[i].type, s->type) &&
		    is_path(path, key_places[i].where, true))
			return true;
	return false;
}

static const struct key_place *find_place(const struct search *s, const char *path)
{
	for (size_t i = 0; i < key_place_count; i++)
		if (text_equal(key_places[i].type, s->type) &&
		    is_path(path, key_places[i].where, false))
			return &key_places[i];
	return NULL;
}

/* Calls itself no deeper than the longest place. */
static void look_at(struct search *s, const cJSON *value, const char *path)
{
	const struct key_place *place = cJSON_IsObject(value) ? find_place(s, path) : NULL;
	unsigned i = 0;

	if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
		return;
	for (const cJSON *item = value->child; item && s->reported < KEYS_REPORT_MAX;
	     item = item->next, i++) {
		cleanup_free char *inner = cJSON_IsArray(value)
						   ? xasprintf("%s[%u]", path, i)
						   : xasprintf("%s%s%s", path, *path ? "." : "",
							       item->string);

		if (place)
			check_key(s, place, item->string, inner);
		if (leads_somewhere(s, inner))
			look_at(s, item, inner);
	}
}

void keys_find_unknown(const cJSON *conf, const char *type, keys_unknown_fn *report, void *data)
{
	struct search search = { .type = type, .report = report, .data = data };

	if (leads_somewhere(&search, ""))
		look_at(&search, conf, "");
}

static void warn_of(const char *path, const char *meant_or_null, void *data)
{
	(void)data;
	if (meant_or_null)
		cni_warn("%.100s: no such key, did you mean %s?", path, meant_or_null);
	else
		cni_warn("%.100s: no such key, so it changes nothing", path);
}

void keys_warn(const cJSON *conf, const char *type)
{
	keys_find_unknown(conf, type, warn_of, NULL);
}
