#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a group does without freshness headers, with them: the same tests.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../members.sh"

again 11-multicast "d3p allowed=5000 type=1"
again 12-fragments "d3p allowed=5000"
again 16-hostile "d3p allowed=5000"

finish
