/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of ptp. */
#include "ptp_conf.h"

#include <limits.h>

#include "types/conf.h"

enum { MAX_MTU = 65535 };

static const struct conf_key keys[] = {
	CONF_BOOL(struct ptp_conf, ip_masq, "ipMasq", false),
	CONF_STRING(struct ptp_conf, ip_masq_backend, "ipMasqBackend", NULL),
	CONF_INT(struct ptp_conf, mtu, "mtu", 0, INT_MIN, MAX_MTU),
	CONF_BOOL(struct ptp_conf, accept_ra, "acceptRA", false),
	CONF_BOOL(struct ptp_conf, alt_name, "altName", false),
};

int ptp_conf_read(const struct cni_call *call, struct ptp_conf *ret, struct cni_error *err)
{
	int r = conf_read(call->conf.json, keys, array_size(keys), "", ret, err);

	if (r < 0)
		cni_error_prefix(err, "failed to load netconf");
	else if (ret->mtu < 0)
		ret->mtu = 0; /* as the reference takes it: the kernel's */
	return r;
}
