#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Test 38 with time-based anti-replay (REKEY-223, REKEY-242, TBAR-003).

METHOD="time" exec "$(dirname "$0")/../38-freshness.sh"
