/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of bridge. */
#include "bridge_conf.h"

#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "plugin/ipam.h"
#include "plugin/mac_wish.h"
#include "plugin/rules.h"
#include "types/args.h"
#include "types/conf.h"
#include "types/json.h"

enum { MAX_MTU = 65535, MAX_VLAN = 4094 };

static const struct conf_key keys[] = {
	CONF_STRING(struct bridge_conf, bridge, "bridge", "cni0"),
	CONF_BOOL(struct bridge_conf, is_gateway, "isGateway", false),
	CONF_BOOL(struct bridge_conf, is_default_gateway, "isDefaultGateway", false),
	CONF_BOOL(struct bridge_conf, force_address, "forceAddress", false),
	CONF_BOOL(struct bridge_conf, ip_masq, "ipMasq", false),
	CONF_STRING(struct bridge_conf, ip_masq_backend, "ipMasqBackend", NULL),
	CONF_INT(struct bridge_conf, mtu, "mtu", 0, INT_MIN, MAX_MTU),
	CONF_BOOL(struct bridge_conf, hairpin, "hairpinMode", false),
	CONF_BOOL(struct bridge_conf, promisc, "promiscMode", false),
	CONF_INT(struct bridge_conf, vlan, "vlan", 0, 1, 0),
	CONF_LIST(struct bridge_conf, vlan_trunk, "vlanTrunk"),
	CONF_BOOL(struct bridge_conf, preserve_default_vlan, "preserveDefaultVlan", false),
	CONF_BOOL(struct bridge_conf, macspoofchk, "macspoofchk", false),
	CONF_BOOL(struct bridge_conf, ipspoofchk, "ipspoofchk", false),
	CONF_BOOL(struct bridge_conf, enable_dad, "enabledad", false),
	CONF_BOOL(struct bridge_conf, accept_ra, "acceptRA", false),
	CONF_BOOL(struct bridge_conf, disable_container_interface, "disableContainerInterface",
		  false),
	CONF_BOOL(struct bridge_conf, isolated, "portIsolation", false),
	CONF_BOOL(struct bridge_conf, alt_name, "altName", false),
};

static int read_mac(const struct cni_call *call, struct bridge_conf *conf, struct cni_error *err)
{
	struct mac_wish wish;
	int r = mac_wish_read(call, NULL, true, &wish, err);

	if (r < 0)
		return r;
	conf->has_mac = wish.is_set;
	memcpy(conf->mac, wish.mac, sizeof(conf->mac));
	return 0;
}

int bridge_conf_check_args(const struct cni_call *call, struct cni_error *err)
{
	cleanup_args_key struct args_key mac = { .key = "MAC" };

	return args_parse(call->args, &mac, 1, err);
}

static int check_values(const struct bridge_conf *conf, struct cni_error *err)
{
	if (conf->vlan < 0 || conf->vlan > MAX_VLAN)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"invalid VLAN ID %d (must be between 0 and 4094)", conf->vlan);
	if (!*conf->bridge || strlen(conf->bridge) >= IFNAMSIZ || strchr(conf->bridge, '/'))
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"bridge: \"%s\" is no interface name (1 to 15 characters without /)",
			conf->bridge);
	return 0;
}

int bridge_conf_read(const struct cni_call *call, struct bridge_conf *ret, struct cni_error *err)
{
	cleanup_conf struct bridge_conf conf = { 0 };
	int r;

	r = conf_read(call->conf.json, keys, array_size(keys), "", &conf, err);
	if (r < 0)
		cni_error_prefix(err, "failed to load netconf");
	r = r ?: check_values(&conf, err)
		    ?: trunk_read(conf.vlan_trunk, "vlanTrunk", 1, MAX_VLAN, &conf.trunk, err)
		    ?: read_mac(call, &conf, err);
	if (r < 0)
		return r;
	conf.is_gateway |= conf.is_default_gateway;
	if (conf.mtu < 0)
		conf.mtu = 0; /* as the reference takes it: the kernel's */
	*ret = conf;
	conf.trunk = (struct trunk){ 0 };
	return 0;
}

int bridge_conf_check_add(const struct cni_call *call, const struct bridge_conf *conf,
			  struct cni_error *err)
{
	if (ipam_is_set(call) && conf->disable_container_interface)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"cannot use IPAM when DisableContainerInterface flag is set");
	if (conf->hairpin && conf->promisc)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"cannot set hairpin mode and promiscuous mode at the same time");
	if (!ipam_is_set(call) && conf->ipspoofchk)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"ipspoofchk needs an IPAM plugin: no address is known without one");
	if (ipam_is_on_link(call) && conf->ipspoofchk)
		return cni_fail(
			err, CNI_ERR_CONFIG, 0,
			"ipspoofchk cannot work with dhcp, whose addresses come and change while the interface is up");
	if (ipam_check_mtu(call, conf->mtu, err) < 0)
		return -EINVAL;
	if (ipam_is_set(call))
		return rules_check_backend(conf->ip_masq ? conf->ip_masq_backend : NULL, err);
	return result_fits_version(&(struct result){ 0 }, call->conf.version, err);
}

void bridge_conf_release(struct bridge_conf *conf)
{
	trunk_release(&conf->trunk);
	*conf = (struct bridge_conf){ 0 };
}
