"""The open profile as a description, for `BACKHUG_PROTOCOL=described`: the client is operated by it in place of the code.

The description is docs/open-profile.yaml.
"""

from __future__ import annotations

from dataclasses import replace
import os
from pathlib import Path
from typing import Any, Final

import pytest

from custom_components.backhug.device.model import Features
from custom_components.backhug.device.protocols import control_point
from custom_components.backhug.device.protocols.described.description import Description
from custom_components.backhug.device.protocols.described.file import read_description
from custom_components.backhug.device.protocols.described.protocol import (
    DescribedProtocol,
)
from custom_components.backhug.device.protocols.protocol import Protocol
from simulator.build import Build
from tests.home import features_of

IS_DESCRIBED: Final = os.environ.get("BACKHUG_PROTOCOL") == "described"
FILE: Final = Path(__file__).parents[2] / "docs" / "open-profile.yaml"
TEXT: Final = FILE.read_text()
NOT_EXPRESSED: Final[dict[str, Any]] = {
    "fingers": 0,
    "measures_tension": False,
    "ends_pauses": False,
}
"""Features that no description has."""

INAPPLICABLE: Final = {
    "tension is not in the format": (
        "test_client.test_connection_reads_everything_once",
        "test_client.test_session",
        "test_client.test_record_of_a_session_that_broke_off",
        "test_connection_back_off.test_smallest_mtu_suffices",
        "test_connection_loss.test_silent_loss_is_noticed",
        "test_connection_loss.test_loss_at_the_end_of_the_preparation",
        "test_connection_services.test_refused_tension_record_is_done_without",
        "test_connection_services.test_missing_tension_characteristics_are_done_without",
        "test_hostile.test_empty_values",
        "test_hostile.test_wrong_lengths",
        "test_hostile.test_malformed_record",
        "test_hostile_floods.test_endless_fragments",
        "test_hostile_floods.test_doubled_and_reordered_values_change_nothing",
        "test_on_demand.test_never_in_a_session",
    ),
    "the features stand in the description, and none are read": (
        "test_connection_services.test_attempt_waits_until_bluez_hears_a_removed_device",
        "test_connection_services.test_incomplete_services_do_not_remove_the_device",
        "test_connection_services.test_other_major_version_is_refused",
        "test_connection_services.test_contradictory_features_are_refused",
        "test_connection_services.test_moved_characteristics_are_found_after_a_firmware_update",
        "test_connection_services.test_new_firmware_makes_a_refused_device_compatible",
        "test_connection_services.test_repeated_refusals_do_not_grow_the_traceback",
    ),
    "how the last session ended, and why it is paused, is not in the format": (
        "test_client.test_changes_at_the_device_are_shown",
        "test_stop_kept.test_kept_stop_is_dropped_if_its_session_has_ended",
        "test_connection_loss.test_device_reconnects_after_it_is_switched_on",
    ),
    "the format does not say that the device ends a pause": (
        "test_end_times.test_end_of_pause",
        "test_end_times.test_end_of_pause_is_unknown_if_its_beginning_was_not_seen",
    ),
    "the format has one refusal, without its reason": (
        "test_commands_refused.test_start_and_resume_need_occupancy",
        "test_stop_kept.test_refused_start_leaves_no_session_due",
        "test_hostile_floods.test_refusal_without_status",
        "test_commands_refused.test_fault_is_named_in_the_refusal",
        "test_commands_refused.test_every_result_raises_its_error",
        "test_commands_refused.test_command_in_the_wrong_state_is_refused",
        "test_commands_refused.test_length_below_the_elapsed_time_is_refused",
    ),
    "a state that is not read yet is assumed, so that a due stop is sent at once": (
        "test_stop_kept.test_kept_stop_waits_for_a_well_formed_status",
        "test_stop_disturbed.test_stop_that_lapses_while_status_is_read",
    ),
    "a message has one size or any, and nothing says which values contradict": (
        "test_hostile.test_longer_values",
        "test_hostile_floods.test_noise",
        "test_hostile_floods.test_memory_is_bounded",
        "test_hostile_floods.test_status_that_is_never_right",
    ),
    "a notification that nothing explains is kept for diagnostics, not logged": (
        "test_hostile.test_unreadable_notifications_lead_to_polling",
    ),
    "a start sets everything: the format has no octet for a setting as it is": (
        "test_steps.test_start_at_most",
    ),
    "a connection without notifications is not opened, and a stop on it is sent, but has no answer": (
        "test_answers_not_enabled.test_connection_without_answers_is_replaced",
        "test_stop_disturbed.test_stop_is_sent_where_nothing_else_is_answered",
    ),
    "an answer is recognised by its beginning, not by a token": (
        "test_commands.test_duplicate_answer_is_ignored",
        "test_commands.test_answer_to_another_request_is_ignored",
        "test_commands_queued.test_first_token_is_random",
        "test_commands_queued.test_tokens_are_reused_but_never_twice_in_a_row",
        "test_commands.test_status_replaces_an_answer_after_the_timeout",
        "test_hostile.test_answers_to_nothing",
        "test_hostile.test_no_answer_is_made_up",
    ),
}
"""Tests of the client that the format cannot express a feature for, by the reason."""


def description() -> Description:
    """Return the description; its answers are awaited for as long as those of the code."""
    # Within the bounds of the format.
    within = f"within: {min(5, max(0.1, control_point.ANSWER_TIMEOUT)):.3f}"
    return read_description(FILE.name, TEXT.replace("within: 5", within))


def features_shown(build: Build) -> Features:
    """Return the features that a client of such a device shows."""
    features = features_of(build)
    return replace(features, **NOT_EXPRESSED) if IS_DESCRIBED else features


def protocol(build: Build) -> Protocol | None:
    """Return the protocol of a client of such a device; None for the client's own."""
    if not IS_DESCRIBED:
        return None
    described = description()
    if features_shown(build) != described.features:
        pytest.skip("the description is of a device with other features")
    return DescribedProtocol(described)


def skip_inapplicable(items: list[pytest.Item]) -> None:
    """Skip the tests that do not apply to a described protocol."""
    reasons = {name: why for why, names in INAPPLICABLE.items() for name in names}
    for item in items:
        name = f"{item.path.stem}.{item.name.partition('[')[0]}"
        if why := reasons.get(name):
            item.add_marker(pytest.mark.skip(reason=why))
