#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a group does without freshness headers, with them: the same tests.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../members.sh"

again 13-pmtu "tbar allowed=10000 header=16"
again 17-failclose "d3p allowed=5000"
again 18-switch "tbar allowed=10000"
again 19-trace "d3p allowed=5000"

finish
