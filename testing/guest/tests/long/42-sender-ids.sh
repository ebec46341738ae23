#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sender IDs of 16 bits: 65,536 tries each on average, some minutes here.

export GUEST_SID_BITS=16
. "$(dirname "$0")/../24-sender-ids.sh"
