/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where /sys tells which link a piece of hardware has. */
#include "find.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define PCI "/sys/bus/pci/devices/"
#define AUXILIARY "/sys/bus/auxiliary/devices/"

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder); /* it was only read */
}

/* The first name in the order of bytes that begins so, below `path`; NULL when there is none. */
static char *first_entry(const char *path, const char *start)
{
	cleanup_with(close_folder) DIR *folder = opendir(path);
	cleanup_free char *first = NULL;
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (*entry->d_name == '.' || !text_starts_with(entry->d_name, start) ||
		    (first && strcmp(first, entry->d_name) <= 0))
			continue;
		free(first);
		first = xstrdup(entry->d_name);
	}
	return steal(&first);
}

static char *link_below(const char *device)
{
	cleanup_free char *path = xasprintf("%s/net", device);

	return first_entry(path, "");
}

static char *link_of_pci(const char *id)
{
	cleanup_free char *device = xasprintf(PCI "%s", id);
	cleanup_free char *virtio = NULL;
	cleanup_free char *below = NULL;
	char *name = link_below(device);

	if (name)
		return name;
	virtio = first_entry(device, "virtio");
	below = xasprintf("%s/%s", device, virtio ? virtio : "");
	return virtio ? link_below(below) : NULL;
}

static bool exists(const char *folder, const char *id)
{
	cleanup_free char *path = xasprintf("%s%s", folder, id);

	return *id && access(path, F_OK) == 0;
}

static const char *pci_of(const struct host_device_conf *conf)
{
	if (*conf->device_id)
		return exists(PCI, conf->device_id) ? conf->device_id : "";
	return conf->pci_bus_id;
}

bool find_is_dpdk(const struct host_device_conf *conf)
{
	static const char *const drivers[] = { "vfio-pci", "uio_pci_generic", "igb_uio" };
	cleanup_free char *path = xasprintf(PCI "%s/driver", pci_of(conf));
	char target[256] = "";
	const char *name;

	if (!*pci_of(conf) || readlink(path, target, sizeof(target) - 1) < 0)
		return false;
	name = strrchr(target, '/');
	for (size_t i = 0; i < array_size(drivers); i++)
		if (text_equal(name ? name + 1 : target, drivers[i]))
			return true;
	return false;
}

struct mac_search {
	const uint8_t *mac;
	struct link *ret;
};

static int has_mac(const struct link *link, void *data)
{
	const struct mac_search *search = data;

	if (!link->has_mac || memcmp(link->mac, search->mac, MAC_SIZE) != 0)
		return 0;
	*search->ret = *link;
	return 1;
}

static int get_by_mac(struct netlink *host, const uint8_t *mac, struct link *ret)
{
	int r = link_each(host, has_mac, &(struct mac_search){ .mac = mac, .ret = ret });

	return r < 0 ? r : r == 1 ? 0 : -ENODEV;
}

static int get(struct netlink *host, const struct host_device_conf *conf, struct link *ret)
{
	cleanup_free char *auxiliary = xasprintf(AUXILIARY "%s", conf->device_id);
	cleanup_free char *name = NULL;

	if (*conf->device)
		return link_get(host, conf->device, ret);
	if (*conf->hwaddr)
		return get_by_mac(host, conf->mac, ret);
	if (*conf->kernel_path)
		name = link_below(conf->kernel_path);
	else if (*pci_of(conf))
		name = link_of_pci(pci_of(conf));
	else
		name = link_below(auxiliary);
	return name ? link_get(host, name, ret) : -ENODEV;
}

int find_device(struct netlink *host, const struct host_device_conf *conf, struct link *ret,
		bool *ret_is_dpdk, struct cni_error *err)
{
	int r;

	if (*conf->device_id && !exists(PCI, conf->device_id) &&
	    !exists(AUXILIARY, conf->device_id))
		return cni_fail(err, CNI_ERR_INTERNAL, 0,
				"runtime config deviceID %s not found or unsupported",
				conf->device_id);
	*ret_is_dpdk = find_is_dpdk(conf);
	if (*ret_is_dpdk)
		return 0;
	r = get(host, conf, ret);
	if (r == -ENODEV) {
		(void)cni_fail(err, CNI_ERR_INTERNAL, 0, "failed to find physical interface");
		cni_error_details(err, "no link of the host is the one the configuration names; a "
				       "container may have it");
		return -ENODEV;
	}
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up the device");
	return 0;
}
