/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how Ethernet addresses are written. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "net/link.h"

const char *mac_print(const uint8_t mac[MAC_SIZE], char buffer[MAC_TEXT])
{
	(void)snprintf(buffer, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		       mac[3], mac[4], mac[5]); /* its size is constant */
	return buffer;
}

/*
 * Groups of `digits` hex digits with one separator between; the text must end with the last group.
 */
static int parse_groups(const char *text, unsigned digits, char separator, uint8_t ret[MAC_SIZE])
{
	uint8_t mac[MAC_SIZE] = { 0 };

	for (unsigned i = 0; i < 2 * MAC_SIZE; i++) {
		int digit;

		if (i > 0 && i % digits == 0 && *text++ != separator)
			return -EINVAL;
		digit = hex_digit(*text++);
		if (digit < 0)
			return -EINVAL;
		mac[i / 2] = (uint8_t)(mac[i / 2] << 4 | digit);
	}
	if (*text)
		return -EINVAL;
	memcpy(ret, mac, MAC_SIZE);
	return 0;
}

int mac_parse(const char *text, uint8_t ret[MAC_SIZE])
{
	static const uint8_t zero[MAC_SIZE];
	uint8_t mac[MAC_SIZE];
	int r;

	if (strlen(text) < 5)
		return -EINVAL;
	if (text[2] == ':' || text[2] == '-')
		r = parse_groups(text, 2, text[2], mac);
	else
		r = parse_groups(text, 4, '.', mac);
	if (r < 0)
		return r;
	if (mac[0] & 1 || memcmp(mac, zero, MAC_SIZE) == 0)
		return -EINVAL;
	memcpy(ret, mac, MAC_SIZE);
	return 0;
}
