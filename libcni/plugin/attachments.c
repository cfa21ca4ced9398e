/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the list of valid attachments into a sorted set of owners. */
#include "plugin/attachments.h"

#include <strings.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "types/json.h"
#include "types/name.h"

static int compare_owners(const void *a, const void *b)
{
	return strcmp(((const struct owner *)a)->text, ((const struct owner *)b)->text);
}

static int read_one(const struct netconf *conf, const cJSON *item, struct owner *ret,
		    struct cni_error *err)
{
	const cJSON *id = json_get_exact_first(item, "containerID");
	const cJSON *ifname = json_get_exact_first(item, "ifname");
	int r;

	if (!cJSON_IsString(id) || !cJSON_IsString(ifname))
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"an entry of cni.dev/valid-attachments has no containerID or ifname");
	r = name_check_container_id(id->valuestring, err)
		    ?: name_check_ifname(ifname->valuestring, err);
	if (r < 0) {
		cni_error_prefix(err, "cni.dev/valid-attachments");
		return r;
	}
	*ret = owner_of(&(struct attachment){ .network = conf->name,
					      .container_id = id->valuestring,
					      .ifname = ifname->valuestring });
	return 0;
}

int attachments_read(const struct netconf *conf, struct attachments *ret, struct cni_error *err)
{
	cleanup_attachments struct attachments list = { 0 };
	const cJSON *item;
	int r;

	if (!conf->has_attachments)
		return 0;
	cJSON_ArrayForEach(item, conf->attachments)
	{
		list.owners = xgrow(list.owners, list.count, sizeof(*list.owners));
		r = read_one(conf, item, &list.owners[list.count], err);
		if (r < 0)
			return r;
		list.count++;
	}
	if (list.count)
		qsort(list.owners, list.count, sizeof(*list.owners), compare_owners);
	*ret = list;
	list = (struct attachments){ 0 };
	return 1;
}

bool attachments_keep(const char *owner_text, void *data)
{
	const struct attachments *list = data;
	struct owner owner = { 0 };

	(void)strncpy(owner.text, owner_text,
		      sizeof(owner.text) - 1); /* longer texts are nobody's */
	return list->count &&
	       bsearch(&owner, list->owners, list->count, sizeof(*list->owners), compare_owners);
}

void attachments_add(struct attachments *attachments, const char *owner_text)
{
	struct owner owner = { 0 };
	size_t at = attachments->count;

	(void)strncpy(owner.text, owner_text,
		      sizeof(owner.text) - 1); /* longer texts are nobody's */
	attachments->owners = xgrow(attachments->owners, attachments->count,
				    sizeof(*attachments->owners));
	for (; at > 0 && compare_owners(&attachments->owners[at - 1], &owner) > 0; at--)
		attachments->owners[at] = attachments->owners[at - 1];
	attachments->owners[at] = owner;
	attachments->count++;
}

/* "network/container/interface"; '#' stands for a name that was too long. */
static bool write_one(struct json_writer *w, const char *owner_text)
{
	const char *id = strchr(owner_text, '/'), *ifname = strrchr(owner_text, '/');
	cleanup_free char *container_id = NULL;

	if (!id || ifname == id || id[1] == '#' || ifname[1] == '#')
		return false;
	container_id = xasprintf("%.*s", (int)(ifname - id - 1), id + 1);
	json_open(w, NULL, '{');
	json_string(w, "containerID", container_id);
	json_string(w, "ifname", ifname + 1);
	json_close(w, '}');
	return true;
}

/* All but the lists, in whatever letters their keys are. */
static void write_rest(struct json_writer *w, const struct netconf *conf)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, conf->json)
	{
		if (strcasecmp(item->string, "cni.dev/valid-attachments") != 0 &&
		    strcasecmp(item->string, "cni.dev/attachments") != 0)
			json_value(w, item->string, item);
	}
}

bool attachments_write(const struct netconf *conf, const struct attachments *more, struct text *ret)
{
	static const char *const keys[] = { "cni.dev/valid-attachments", "cni.dev/attachments" };
	struct json_writer w = { .out = ret, .compact = true };
	bool is_complete = true;
	const cJSON *item;

	json_open(&w, NULL, '{');
	write_rest(&w, conf);
	for (size_t i = 0; i < array_size(keys); i++) {
		json_open(&w, keys[i], '[');
		cJSON_ArrayForEach(item, conf->attachments) json_value(&w, NULL, item);
		for (size_t j = 0; j < more->count; j++)
			is_complete &= write_one(&w, more->owners[j].text);
		json_close(&w, ']');
	}
	json_close(&w, '}');
	return is_complete;
}

static int compare_text(const void *owner, const void *text)
{
	return strcmp(((const struct owner *)owner)->text, text);
}

bool attachments_have_prefix(const struct attachments *list, const char *prefix)
{
	size_t place = sorted_place(prefix, list->owners, list->count, sizeof(*list->owners),
				    compare_text);

	return place < list->count && text_starts_with(list->owners[place].text, prefix);
}

void attachments_release(struct attachments *attachments)
{
	free(attachments->owners);
	*attachments = (struct attachments){ 0 };
}
