/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CNI_* variables there are, who needs them and what they may hold. */
#include "plugin/env.h"

#include <errno.h>
#include <strings.h>

#include "types/name.h"

#define BIT(verb) (1u << (verb))

enum {
	FOR_ATTACHMENT = BIT(VERB_ADD) | BIT(VERB_DEL) | BIT(VERB_CHECK),
	FOR_NETNS = BIT(VERB_ADD) | BIT(VERB_CHECK),
	FOR_ALL = FOR_ATTACHMENT | BIT(VERB_GC) | BIT(VERB_STATUS),
};

static const struct {
	const char *name;
	unsigned required; /* bits of verbs */
	int (*check)(const char *value, struct cni_error *err);
	size_t offset; /* of the const char * in struct cni_call */
} variables[] = {
	{ "CNI_CONTAINERID", FOR_ATTACHMENT, name_check_container_id,
	  offsetof(struct cni_call, container_id) },
	{ "CNI_NETNS", FOR_NETNS, NULL, offsetof(struct cni_call, netns) },
	{ "CNI_IFNAME", FOR_ATTACHMENT, name_check_ifname, offsetof(struct cni_call, ifname) },
	{ "CNI_ARGS", 0, NULL, offsetof(struct cni_call, args) },
	{ "CNI_PATH", FOR_ALL, NULL, offsetof(struct cni_call, path) },
};

static const struct {
	const char *name;
	enum cni_verb verb;
} verbs[] = {
	{ "", VERB_NONE },	     { "ADD", VERB_ADD }, { "DEL", VERB_DEL },
	{ "CHECK", VERB_CHECK },     { "GC", VERB_GC },	  { "STATUS", VERB_STATUS },
	{ "VERSION", VERB_VERSION },
};

static const char *get(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

const char *env_command(void)
{
	return get("CNI_COMMAND");
}

static enum cni_verb read_verb(void)
{
	for (size_t i = 0; i < array_size(verbs); i++)
		if (text_equal(verbs[i].name, env_command()))
			return verbs[i].verb;
	return VERB_UNKNOWN;
}

static bool overrides(const char *value)
{
	return text_equal(value, "1") || strcasecmp(value, "true") == 0;
}

int env_read(struct cni_call *call, enum cni_verb *ret_verb, struct cni_error *err)
{
	cleanup_text struct text missing = { 0 };
	enum cni_verb verb = read_verb();
	int r;

	for (size_t i = 0; i < array_size(variables); i++) {
		const char *value = get(variables[i].name);
		bool required = variables[i].required & BIT(verb);

		if (required && !*value)
			text_addf(&missing, "%s%s", missing.len ? "," : "", variables[i].name);
		if (required && *value && variables[i].check) {
			r = variables[i].check(value, err);
			if (r < 0)
				return r;
		}
		memcpy((char *)call + variables[i].offset, &value, sizeof(value));
	}
	if (missing.len)
		return cni_fail(err, CNI_ERR_ENVIRONMENT, 0, "required env variables [%s] missing",
				missing.s);
	call->allow_own_netns = overrides(get("CNI_NETNS_OVERRIDE"));
	*ret_verb = verb;
	return 0;
}
