/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file of ovs-cni counts, and what it adds to a network's configuration. */
#include "plugin/conf_file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/file.h"

static const char *const default_paths[] = {
	"/etc/kubernetes/cni/net.d/ovs.d/ovs.conf",
	"/etc/cni/net.d/ovs.d/ovs.conf",
};

/* 1 when there is such a file, 0 when not. */
static int read_file(const char *path, cJSON **ret, struct cni_error *err)
{
	cleanup_text struct text text = { 0 };
	cleanup_free char *why = NULL;
	int r = file_read_at(AT_FDCWD, path, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return cni_fail(err, CNI_ERR_CONFIG, -r, "cannot read the configuration file %s",
				path);
	if (json_parse(text.s ? text.s : "", text.len, ret, &why) < 0)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "configuration file %s: %s", path, why);
	if (!cJSON_IsObject(*ret))
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"configuration file %s holds no object of keys", path);
	return 1;
}

/* The first that exists counts. */
static int find_file(const char *path, cJSON **ret, struct cni_error *err)
{
	int r = *path ? read_file(path, ret, err) : 0;

	for (size_t i = 0; i < array_size(default_paths) && r == 0; i++)
		r = read_file(default_paths[i], ret, err);
	return r;
}

/* Values that the network does not have, as ovs-cni takes them; a VLAN 0 is one. */
static bool is_empty(const cJSON *value, const char *key)
{
	long number;

	if (!value)
		return true;
	if (cJSON_IsString(value))
		return !*value->valuestring;
	if (cJSON_IsArray(value))
		return !value->child;
	return !text_equal(key, "vlan") &&
	       (cJSON_IsFalse(value) || (json_is_integer(value, &number) && number == 0));
}

int conf_file_merge(const cJSON *conf, const char *path, const char *const *keys, size_t count,
		    cJSON **ret_merged, cJSON **ret_file, struct cni_error *err)
{
	cleanup_json cJSON *merged = cJSON_CreateObject();
	cleanup_json cJSON *file = NULL;
	int r = find_file(path, &file, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = json_get(conf, keys[i]);
		const cJSON *other = is_empty(value, keys[i]) ? json_get(file, keys[i]) : NULL;

		if (other)
			value = other;
		/* A reference: the trees stay the owners of what is in it. */
		if (value && !cJSON_AddItemReferenceToObject(merged, keys[i], (cJSON *)value))
			out_of_memory();
	}
	*ret_merged = steal(&merged);
	*ret_file = steal(&file);
	return 0;
}
