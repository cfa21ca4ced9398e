/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of tuning. args.cni goes before all else. */
#include "tuning_conf.h"

#include <limits.h>

#include "base/alloc.h"
#include "plugin/mac_wish.h"
#include "types/conf.h"
#include "types/json.h"

struct keys {
	const cJSON *sysctl;
	const char *mac;
	bool promisc, allmulti, restore_sysctls;
	int mtu, queue;
	const char *data_dir;
};

static const struct conf_key keys_table[] = {
	CONF_OBJECT(struct keys, sysctl, "sysctl"),
	CONF_STRING(struct keys, mac, "mac", NULL),
	CONF_BOOL(struct keys, promisc, "promisc", false),
	CONF_INT(struct keys, mtu, "mtu", 0, 0, INT_MAX),
	CONF_INT(struct keys, queue, "txQLen", -1, 0, INT_MAX),
	CONF_BOOL(struct keys, allmulti, "allmulti", false),
	CONF_STRING(struct keys, data_dir, "dataDir", TUNING_DATA_DIR),
	CONF_BOOL(struct keys, restore_sysctls, "restoreSysctls", false),
};

enum { WITHOUT_PLACE = 2 }; /* what args.cni cannot say: the last two */

static const struct conf_key place_table[] = {
	CONF_STRING(struct keys, data_dir, "dataDir", TUNING_DATA_DIR),
};

static int fail_value(const char *where, const cJSON *item, struct cni_error *err)
{
	cleanup_free char *path = xasprintf("%s.%s", where, item->string);

	return conf_fail_type(err, path, item, "string");
}

/* null is absence. */
static int collect(const cJSON *object, const char *where, const cJSON **items, size_t *count,
		   struct cni_error *err)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		if (cJSON_IsNull(item))
			continue;
		if (!cJSON_IsString(item))
			return fail_value(where, item, err);
		items[(*count)++] = item;
	}
	return 0;
}

struct place {
	const cJSON *item;
	size_t place;
};

static int by_key(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int order = strcmp(left->item->string, right->item->string);

	return order ? order : left->place < right->place ? -1 : left->place > right->place;
}

/*
 * Each key once, where it stood first, with its last value. A key that stands twice among the first
 * `own`, those of the configuration itself, is an error.
 */
static int merge(const cJSON **items, size_t count, size_t own, struct cni_error *err)
{
	cleanup_free struct place *sorted = xcalloc(count + 1, sizeof(*sorted));
	size_t first = 0;

	for (size_t i = 0; i < count; i++)
		sorted[i] = (struct place){ items[i], i };
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), by_key);
	for (size_t i = 1; i < count; i++) {
		if (!text_equal(sorted[i].item->string, sorted[first].item->string)) {
			first = i;
			continue;
		}
		if (sorted[i].place < own)
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"duplicated sysctl keys are not allowed: %s",
					sorted[i].item->string);
		items[sorted[first].place] = sorted[i].item;
		items[sorted[i].place] = NULL;
	}
	return 0;
}

static int read_sysctls(const cJSON *own, const cJSON *args, struct tuning_conf *conf,
			struct cni_error *err)
{
	const size_t room = (size_t)cJSON_GetArraySize(own) + (size_t)cJSON_GetArraySize(args);
	cleanup_free const cJSON **items = xcalloc(room + 1, sizeof(const cJSON *));
	size_t count = 0, own_count;
	int r = collect(own, "sysctl", items, &count, err);

	own_count = count;
	if (r == 0)
		r = collect(args, "args.cni.sysctl", items, &count, err);
	if (r == 0)
		r = merge(items, count, own_count, err);
	if (r < 0)
		return r;
	conf->sysctls = xcalloc(count + 1, sizeof(*conf->sysctls));
	for (size_t i = 0; i < count; i++) {
		if (items[i])
			conf->sysctls[conf->count++] = (struct sysctl){ items[i]->string,
									items[i]->valuestring };
	}
	return 0;
}

/* args.cni.mac beats the other sources; an empty one clears them. */
static int read_mac(struct cni_call *call, const struct keys *own, const struct keys *args,
		    struct settings *ret, struct cni_error *err)
{
	struct mac_wish wish = { 0 };
	int r = mac_wish_read(call, own->mac, false, &wish, err);

	if (r < 0)
		return r;
	if (args->mac) {
		wish.is_set = *args->mac;
		if (*args->mac && mac_parse(args->mac, wish.mac) < 0)
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"args.cni.mac: \"%s\" is no unicast Ethernet address",
					args->mac);
	}
	ret->has_mac = wish.is_set;
	memcpy(ret->mac, wish.mac, sizeof(ret->mac));
	return 0;
}

static void read_settings(const cJSON *object, const struct keys *keys, struct settings *ret)
{
	if (json_get(object, "promisc"))
		ret->promisc = keys->promisc ? 1 : -1; /* is only ever switched on */
	if (json_get(object, "allmulti"))
		ret->allmulti = keys->allmulti;
	if (json_get(object, "mtu"))
		ret->mtu = keys->mtu ? keys->mtu : -1;
	if (json_get(object, "txQLen"))
		ret->queue = keys->queue;
}

static int read_place(struct cni_call *call, struct tuning_conf *conf)
{
	struct keys keys = { 0 };

	conf_read_lenient(call->conf.json, place_table, array_size(place_table), "", &keys);
	conf->data_dir = keys.data_dir;
	return 0;
}

int tuning_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct tuning_conf *conf = ret;
	struct keys own = { 0 }, args = { 0 };
	int r;

	if (call->conf.is_lenient)
		return read_place(call, conf);
	r = conf_read(call->conf.json, keys_table, array_size(keys_table), "", &own, err)
		    ?: conf_read(call->conf.args_cni, keys_table,
				 array_size(keys_table) - WITHOUT_PLACE, "args.cni", &args, err);
	if (r < 0)
		return r;
	conf->data_dir = *own.data_dir ? own.data_dir : TUNING_DATA_DIR;
	conf->restore_sysctls = own.restore_sysctls;
	conf->wanted = (struct settings)SETTINGS_NONE;
	read_settings(call->conf.json, &own, &conf->wanted);
	read_settings(call->conf.args_cni, &args, &conf->wanted);
	return read_mac(call, &own, &args, &conf->wanted, err)
		       ?: read_sysctls(own.sysctl, args.sysctl, conf, err);
}

void tuning_conf_release(void *data)
{
	struct tuning_conf *conf = data;

	free(conf->sysctls);
	*conf = (struct tuning_conf){ 0 };
}
