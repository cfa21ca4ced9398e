/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a picture is made of: namespaces and what is in each, and our marks in nftables. */
#pragma once

#include "picture.h"

/* All namespaces of this machine that have a name, a process or an attachment, with their links. */
int spaces_read(struct picture *picture, struct cni_error *err) must_check;

/* The elements of our tables; no table is no mark, nor is a kernel without nftables an error. */
int marks_read(struct picture *picture) must_check;
