#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a group does without freshness headers, with them: the same tests.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../members.sh"

again 10-unicast "d3p allowed=5000"
again 23-vrf "d3p allowed=5000"
again 24-sender-ids "d3p allowed=5000"

finish
