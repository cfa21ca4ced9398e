/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a version is chosen out of several. */
#include "runtime/list_versions.h"

#include "base/alloc.h"
#include "runtime/canon.h"
#include "types/version.h"

#define PARSING_LIST "error parsing configuration list: "

/* Takes the candidate when we speak it and it is higher than what was best so far. */
static int consider(const char *candidate, const char **best, struct cni_error *err)
{
	int order;
	int r = version_compare(candidate, VERSION_NEWEST, &order, err);

	if (r < 0 || order > 0)
		return r;
	if (*best)
		r = version_compare(candidate, *best, &order, err);
	if (r == 0 && (!*best || order > 0))
		*best = candidate;
	return r;
}

static int consider_all(const cJSON *versions, const char **best, struct cni_error *err)
{
	int i = 0;

	if (!cJSON_IsArray(versions))
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				PARSING_LIST "invalid type for cniVersions: []interface {}");
	for (const cJSON *item = versions->child; item; item = item->next, i++) {
		int r;

		if (!cJSON_IsString(item))
			return cni_fail(err, CNI_ERR_INTERNAL, 0,
					PARSING_LIST "invalid type for cniVersions index %d: %s", i,
					canon_type_name(item));
		r = consider(item->valuestring, best, err);
		if (r < 0) {
			cni_error_prefix(err,
					 PARSING_LIST "invalid cniVersions entry %s at index %d",
					 item->valuestring, i);
			return r;
		}
	}
	return 0;
}

int list_choose_version(const cJSON *list, char **ret, struct cni_error *err)
{
	const cJSON *version = canon_find(list, "cniVersion");
	const cJSON *versions = canon_find(list, "cniVersions");
	const char *written = "";
	const char *best = NULL;
	int r = 0;

	if (version && !cJSON_IsString(version))
		return cni_fail(err, CNI_ERR_INTERNAL, 0, PARSING_LIST "invalid cniVersion type %s",
				canon_type_name(version));
	if (version)
		written = version->valuestring;
	if (versions)
		r = consider_all(versions, &best, err);
	if (r < 0)
		return r;
	if (versions && *written) {
		r = consider(written, &best, err);
		if (r < 0) {
			cni_error_prefix(err, PARSING_LIST "invalid cniVersion %s", written);
			return r;
		}
	}
	*ret = xstrdup(best ? best : written);
	return 0;
}
