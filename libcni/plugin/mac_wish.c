/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the sources of a wanted MAC and which of them wins. */
#include "plugin/mac_wish.h"

#include "types/args.h"
#include "types/json.h"

static int take_json(const cJSON *object, const char **text, struct cni_error *err)
{
	const cJSON *value = json_get(object, "mac");

	if (!value)
		return 0;
	if (!cJSON_IsString(value))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, "mac must be a string, not %s",
				json_type_name(value));
	if (*value->valuestring)
		*text = value->valuestring;
	return 0;
}

int mac_wish_parse(const char *text, struct mac_wish *ret, struct cni_error *err)
{
	*ret = (struct mac_wish){ .is_set = *text };
	if (*text && mac_parse(text, ret->mac) < 0)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"mac: \"%s\" is no unicast Ethernet address such as 02:11:22:33:44:55",
			text);
	return 0;
}

int mac_wish_read(const struct cni_call *call, const char *key, bool with_args_cni,
		  struct mac_wish *ret, struct cni_error *err)
{
	cleanup_args_key struct args_key mac = { .key = "MAC" };
	const char *text = key ? key : "";
	int r;

	r = args_parse(call->args, &mac, 1, err);
	if (r < 0)
		return r;
	if (mac.value && *mac.value)
		text = mac.value;
	r = (with_args_cni ? take_json(call->conf.args_cni, &text, err) : 0)
		    ?: take_json(call->conf.runtime, &text, err);
	if (r < 0)
		return r;
	return mac_wish_parse(text, ret, err);
}
