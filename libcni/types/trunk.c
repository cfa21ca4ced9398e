/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries one by one, marked in a table of all ids. */
#include "types/trunk.h"

#include "base/alloc.h"
#include "types/conf.h"

enum { NO_ID = -1 };

struct entry {
	int min, max, id; /* NO_ID: not given */
};

static const struct conf_key keys[] = {
	CONF_INT(struct entry, min, "minID", NO_ID, 1, 0),
	CONF_INT(struct entry, max, "maxID", NO_ID, 1, 0),
	CONF_INT(struct entry, id, "id", NO_ID, 1, 0),
};

struct limits {
	int first, last;
};

static bool is_given(const cJSON *item, const char *key)
{
	const cJSON *value = json_get(item, key);

	return value && !cJSON_IsNull(value);
}

static int check_id(const cJSON *item, const char *key, int id, const struct limits *limits,
		    struct cni_error *err)
{
	if (!is_given(item, key) || (id >= limits->first && id <= limits->last))
		return 0;
	return cni_fail(err, CNI_ERR_CONFIG, 0, "incorrect trunk %s parameter %d", key, id);
}

static int check_entry(const cJSON *item, const struct entry *entry, const struct limits *limits,
		       struct cni_error *err)
{
	const bool has_min = is_given(item, "minID"), has_max = is_given(item, "maxID");
	int r;

	if (has_min != has_max)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"minID and maxID should be configured simultaneously, %s is missing",
			has_min ? "maxID" : "minID");
	r = check_id(item, "minID", entry->min, limits, err)
		    ?: check_id(item, "maxID", entry->max, limits, err);
	if (r < 0)
		return r;
	if (entry->max < entry->min)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"minID %d is greater than maxID %d in trunk parameter", entry->min,
				entry->max);
	return check_id(item, "id", entry->id, limits, err);
}

static int mark_entry(const cJSON *item, const char *where, const struct limits *limits,
		      bool wanted[VLAN_MAX + 1], struct cni_error *err)
{
	struct entry entry;
	int r;

	if (!cJSON_IsObject(item))
		return cni_fail(err, CNI_ERR_CONFIG, 0, "%s must be an object, not %s", where,
				json_type_name(item));
	r = conf_read(item, keys, array_size(keys), where, &entry, err)
		    ?: check_entry(item, &entry, limits, err);
	if (r < 0)
		return r;
	for (int id = entry.min; entry.min != NO_ID && id <= entry.max; id++)
		wanted[id] = true;
	if (entry.id != NO_ID)
		wanted[entry.id] = true;
	return 0;
}

int trunk_read(const cJSON *list, const char *key, int first, int last, struct trunk *ret,
	       struct cni_error *err)
{
	const struct limits limits = { first, last };
	bool wanted[VLAN_MAX + 1] = { false };
	const cJSON *item;
	int i = 0;

	*ret = (struct trunk){ 0 };
	if (!list)
		return 0;
	cJSON_ArrayForEach(item, list)
	{
		cleanup_free char *where = xasprintf("%s[%d]", key, i++);
		int r = mark_entry(item, where, &limits, wanted, err);

		if (r < 0)
			return r;
	}
	*ret = (struct trunk){ .ids = xcalloc(VLAN_MAX + 1, sizeof(*ret->ids)) };
	for (int id = first; id <= last; id++)
		if (wanted[id])
			ret->ids[ret->count++] = (uint16_t)id;
	return 0;
}

void trunk_release(struct trunk *trunk)
{
	free(trunk->ids);
	*trunk = (struct trunk){ 0 };
}
