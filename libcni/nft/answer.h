/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attributes of what the kernel says about nftables. libnftnl writes our messages but does not
 * read these: it ends the process when an attribute is not as it expects.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/netlink.h"

/* True when the message is of this type (NFT_MSG_*) and large enough to have attributes. */
bool nft_answer_is(const struct nlmsghdr *answer, int type);

/*
 * An attribute of a message for which nft_answer_is() is true, or of another one; NULL: it has
 * none.
 */
struct nlattr *nft_answer_find(const struct nlmsghdr *answer, int attribute);
struct nlattr *nft_find(const struct nlattr *nest_or_null, int attribute);

/* Its text, when it ends with a NUL; else NULL. */
const char *nft_text(const struct nlattr *attr_or_null);

/* Its number; 0 when it has another size. */
uint32_t nft_number(const struct nlattr *attr_or_null);
