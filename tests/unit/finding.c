/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After repairs: what counts as repaired, what remains, and that nothing is said twice. */
#include "tools/cnitool/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "unit.h"

static struct finding *add(struct findings *findings, enum fault fault, const char *fix,
			   const char *what)
{
	return findings_add(findings, fault, xstrdup(fix), "%s", what);
}

static void prints(const struct findings *findings, const char *expected)
{
	cleanup_text struct text out = { 0 };

	findings_print_repairs(findings, false, &out);
	assert_string_equal(out.s, expected);
}

static void test_what_is_gone_without_a_repair_of_its_own_is_no_finding(void **state)
{
	cleanup_findings struct findings findings = { 0 }, later = { 0 };

	(void)state;
	(void)add(&findings, RANGE_EXHAUSTED, "", "2 of 2 are given out");
	finding_try(add(&findings, ATTACHMENT_DEAD, "cnitool doctor n --fix", "red is gone"), 0,
		    NULL);
	findings_judge(&findings, &later);
	assert_int_equal(findings.count, 1);
	assert_true(findings.items[0].is_fixed);
	assert_int_equal(findings.items[0].fault, ATTACHMENT_DEAD);
}

static void test_repaired_first_then_what_remains_and_what_is_new(void **state)
{
	cleanup_findings struct findings findings = { 0 }, later = { 0 };

	(void)state;
	(void)add(&findings, LOOPBACK_DOWN, "up", "lo is down");
	(void)add(&findings, RANGE_EXHAUSTED, "", "2 of 2");
	finding_try(add(&findings, FORWARDING_OFF, "on", "no packets"), 0, NULL);
	(void)add(&later, LOOPBACK_DOWN, "up", "lo is down");
	(void)add(&later, RANGE_EXHAUSTED, "", "1 of 1");
	findings_judge(&findings, &later);
	prints(&findings,
	       "forwarding-off: no packets\n"
	       "    The host drops what containers send beyond their own subnet, and all answers.\n"
	       "    fixed\n"
	       "what remains:\n"
	       "loopback-down: lo is down\n"
	       "    Programs in the container cannot reach each other at 127.0.0.1 or ::1.\n"
	       "    fix: up\n"
	       "range-exhausted: 1 of 1\n"
	       "    No further container gets an address.\n");
}

static void test_what_fix_did_not_bring_about_it_is_not_advised_again(void **state)
{
	cleanup_findings struct findings findings = { 0 }, later = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r = cni_fail(&err, CNI_ERR_INTERNAL, 0, "no");

	(void)state;
	finding_try(add(&findings, RULES_ORPHANED, "cnitool doctor n --fix", "a"), r, &err);
	finding_try(add(&findings, RULES_ORPHANED, "cnitool doctor n --fix", "b"), 0, NULL);
	(void)add(&later, RULES_ORPHANED, "cnitool doctor n --fix", "a");
	(void)add(&later, RULES_ORPHANED, "cnitool doctor n --fix", "b");
	(void)add(&later, RULES_ORPHANED, "cnitool doctor n --fix", "new");
	findings_judge(&findings, &later);
	prints(&findings, "nothing was repaired; what remains:\n"
			  "rules-orphaned: a\n"
			  "    They belong to a container that is gone.\n"
			  "    advice: the repair failed: no\n"
			  "rules-orphaned: b\n"
			  "    They belong to a container that is gone.\n"
			  "    not fixed: it was repaired, and is as before\n"
			  "    advice: " ATTACH_AGAIN "\n"
			  "rules-orphaned: new\n"
			  "    They belong to a container that is gone.\n"
			  "    fix: cnitool doctor n --fix\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_gone_without_a_repair_of_its_own_is_no_finding),
		cmocka_unit_test(test_repaired_first_then_what_remains_and_what_is_new),
		cmocka_unit_test(test_what_fix_did_not_bring_about_it_is_not_advised_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
