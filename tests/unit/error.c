/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <errno.h>

#include "unit.h"

static void a_failure_carries_code_and_text(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(cni_fail(&err, CNI_ERR_CONFIG, 0, "mtu: %d is above %d", 9, 8), -EINVAL);
	assert_null(err.details);
	expect_error(&err, CNI_ERR_CONFIG, "mtu: 9 is above 8");
}

static void a_failure_with_errno_adds_the_text_of_the_system(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(cni_fail(&err, CNI_ERR_LINK, ENOENT, "open %s", "x"), -ENOENT);
	expect_error(&err, CNI_ERR_LINK, "open x: no such file or directory");
}

static void the_text_of_the_system_starts_in_lower_case(void **state)
{
	cleanup_free char *known = error_text(EPERM);
	cleanup_free char *unknown = error_text(99999);

	(void)state;
	assert_string_equal(known, "operation not permitted");
	assert_string_equal(unknown, "error number 99999");
}

static void a_filled_error_stays_as_it_is(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_int_equal(cni_fail(&err, 4, 0, "first"), -EINVAL);
	assert_int_equal(cni_fail(&err, 5, EIO, "second"), -EIO);
	expect_error(&err, 4, "first");
}

static void the_code_may_be_zero(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	assert_false(cni_error_is_set(&err));
	(void)cni_fail(&err, 0, 0, "netplugin failed");
	assert_true(cni_error_is_set(&err));
	expect_error(&err, 0, "netplugin failed");
}

static void prefixes_go_in_front(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	(void)cni_fail(&err, 7, 0, "cause");
	cni_error_prefix(&err, "inner %d", 1);
	cni_error_prefix(&err, "outer");
	expect_error(&err, 7, "outer: inner 1: cause");
}

static void details_are_collected(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	(void)cni_fail(&err, 7, 0, "cause");
	cni_error_details(&err, "try %s", "this");
	assert_string_equal(err.details, "try this");
	cni_error_details(&err, "or that");
	assert_string_equal(err.details, "try this; or that");
}

static void an_empty_error_takes_no_prefix_and_no_details(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	cni_error_prefix(&err, "outer");
	cni_error_details(&err, "try this");
	assert_null(err.msg);
	assert_null(err.details);
}

static void nobody_needs_to_want_the_error(void **state)
{
	(void)state;
	assert_int_equal(cni_fail(NULL, 7, EPERM, "cause"), -EPERM);
	cni_error_prefix(NULL, "outer");
	cni_error_details(NULL, "try this");
}

static void a_released_error_can_be_filled_again(void **state)
{
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	(void)cni_fail(&err, 7, 0, "cause");
	cni_error_details(&err, "try this");
	cni_error_release(&err);
	assert_false(cni_error_is_set(&err));
	assert_int_equal(err.code, 0);
	(void)cni_fail(&err, 8, 0, "another");
	assert_null(err.details);
	expect_error(&err, 8, "another");
}

static void several_failures_become_one_error(void **state)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_error struct cni_error more = { 0 };
	int r = 0;

	(void)state;
	assert_int_equal(cni_error_collect(&err, &more, 0, 0), 0);
	r = cni_error_collect(&err, &more, r, cni_fail(&more, 7, EPERM, "first"));
	assert_int_equal(r, -EPERM);
	assert_false(cni_error_is_set(&more));
	r = cni_error_collect(&err, &more, r, cni_fail(&more, 8, EIO, "second"));
	assert_int_equal(r, -EPERM);
	assert_false(cni_error_is_set(&more));
	assert_int_equal(cni_error_collect(&err, &more, r, 0), -EPERM);
	assert_non_null(strstr(err.details, "second: input/output error"));
	expect_error(&err, 7, "first: operation not permitted");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_carries_code_and_text),
		cmocka_unit_test(a_failure_with_errno_adds_the_text_of_the_system),
		cmocka_unit_test(the_text_of_the_system_starts_in_lower_case),
		cmocka_unit_test(a_filled_error_stays_as_it_is),
		cmocka_unit_test(the_code_may_be_zero),
		cmocka_unit_test(prefixes_go_in_front),
		cmocka_unit_test(details_are_collected),
		cmocka_unit_test(an_empty_error_takes_no_prefix_and_no_details),
		cmocka_unit_test(nobody_needs_to_want_the_error),
		cmocka_unit_test(several_failures_become_one_error),
		cmocka_unit_test(a_released_error_can_be_filled_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
