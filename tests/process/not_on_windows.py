"""Cases that cannot be tried with the programs for Windows, run under Wine, and why. Whole files that make no
sense there are not run at all: tests/windows/CMakeLists.txt names those that are."""

SHELL = "its commands are those of a POSIX shell"
SHARED_MEMORY = "it looks at, or writes into, files below /dev/shm"
PLAIN_PEER = "the other side of the dialect is a program for POSIX"
REASON = "it expects the words of POSIX for what went wrong"
NAMES = "Windows does not allow such names for files, or takes them for the same"
READY = "Ctrl-C comes before the program catches it, which cannot be seen through Wine"
PENDING = "several signals that are pending for a program that is stopped are a thing of POSIX"
FIFOS = "Windows has no fifos"
FULL = "that a program sleeps for room in a pipe cannot be seen through Wine"
LIMITS = "limits of files, and devices that are full, are those of POSIX"
TERMINAL = "it starts the program itself, in a terminal"

# FILE.CLASS.CASE
CASES = {
    "test_consumers.Deliveries.test_times_of_a_frame_come_one_after_the_other":
        "the clock under Wine is not the one of the test",
    "test_deaths.Deaths.test_everything_works_at_once_on_the_same_name": SHARED_MEMORY,
    "test_deaths.Rivals.test_a_race_has_one_winner": SHARED_MEMORY,
    "test_files.Reading.test_links_to_files": "Windows has links of its own",
    "test_options.Output.test_json_is_valid_whatever_the_folder_is_called": NAMES,
    "test_options.Output.test_json_of_a_name_that_is_no_text": NAMES,
    "test_options.Output.test_json_without_standard_output": SHELL,
    "test_options.Output.test_streams_that_are_closed": SHELL,
    "test_options.Usage.test_names_that_are_allowed":
        "a name with Global\\ in front is another channel there",
    "test_options.Users.test_a_channel_of_another_user": SHARED_MEMORY,
    "test_producing.Files.test_odd_names": NAMES,
    "test_producing.Terminal.test_it_goes_on_while_nobody_takes_frames": TERMINAL,
    "test_producing.Terminal.test_quiet_shows_no_line": TERMINAL,
    "test_producing.Terminal.test_the_line_is_renewed_and_taken_away": TERMINAL,
    "test_producing.Terminal.test_warnings_do_not_mix_with_the_line": TERMINAL,
    "test_reconnect.Generations.test_a_plain_sender_comes_and_goes": PLAIN_PEER,
    "test_reconnect.Waiting.test_names_that_linger_are_waited_for_quietly": SHARED_MEMORY,
    "test_saving.Exec.test_commands_get_frames_that_are_saved": SHELL,
    "test_saving.Exec.test_commands_that_fail": SHELL,
    "test_saving.Kinds.test_jpeg": NAMES,
    "test_saving.Kinds.test_without_loss": NAMES,
    "test_saving.Overrun.test_a_frame_that_is_overwritten_while_it_is_saved": SHARED_MEMORY,
    "test_saving.Patterns.test_braces_blanks_quotes_and_other_letters": NAMES,
    "test_saving.Print.test_a_line_a_frame": NAMES,
    "test_saving.Print.test_metadata_of_somebody_else": SHARED_MEMORY,
    "test_saving.Print.test_without_standard_output": REASON,
    "test_saving.Threads.test_a_directory_that_is_removed_on_the_way": REASON,
    "test_saving.Threads.test_a_reader_that_has_enough": REASON,
    **{f"test_signals.HangUp.{case}": "Windows has no such signal" for case in (
        "test_a_command_goes_too", "test_a_terminal_that_goes_away",
        "test_commands_are_left_alone_too", "test_one_that_was_ignored_stays_so")},
    "test_saving_again.Clashes.test_a_directory_that_cannot_be_listed": "users are not those of POSIX",
    "test_saving_again.Clashes.test_a_link_to_nothing": "Windows has links of its own",
    "test_signals.Consumer.test_a_second_signal_changes_nothing": PENDING,
    "test_signals.Consumer.test_a_third_signal_ends_it_at_once": PENDING,
    "test_storing.Dialect.test_a_pattern_is_a_bitmap_too": PLAIN_PEER,
    "test_storing.Dialect.test_a_windows_bitmap": PLAIN_PEER,
    "test_storing.Dialect.test_formats": PLAIN_PEER,
    "test_storing.Stored.test_notes": SHARED_MEMORY,
    "test_storing.Stored.test_the_group": SHARED_MEMORY,
    "test_stream.Dialect.test_rgb_gets_blue_first": SHARED_MEMORY,
    "test_stream.Dialect.test_yuv_becomes_bgr24": SHARED_MEMORY,
    "test_stream.InMemory.test_raw": SHARED_MEMORY,
    "test_stream.InMemory.test_ten_bits": SHARED_MEMORY,
    "test_stream.InMemory.test_y4m": SHARED_MEMORY,
    "test_stream_ends.Broken.test_frames_that_fit_nowhere": "Wine needs more address space than it leaves",
    "test_stream_ends.Ending.test_a_launched_program_gets_no_frames_from_the_pipe": SHELL,
    "test_stream_ends.Ending.test_stops": READY,
    "test_stream_ends.Ending.test_the_writer_does_not_wait_for_the_launched_program": SHELL,
    "test_stream_ends.Ending.test_what_is_launched_keeps_nobody_waiting": SHELL,
    "test_usage.Endings.test_places_that_hold_no_pictures": "Windows has no fifos and no files for streams",
    "test_usage.Meant.test_commands_that_want_a_shell": SHELL,
    "test_write.Pipes.test_a_fifo": FIFOS,
    "test_write.Pipes.test_a_reader_that_goes_while_no_frames_come": "only a write shows there that nobody reads",
    "test_write.Pipes.test_a_reader_that_stands_still_holds_nothing_up": FULL,
    "test_write.Pipes.test_stopped_while_the_pipe_is_full": FULL,
    "test_write.Places.test_a_file_that_becomes_too_large_ends_with_a_whole_frame": LIMITS,
    "test_write.Places.test_a_full_disk": LIMITS,
    "test_write.Places.test_beside_other_outputs": SHELL,
    "test_write.Places.test_one_that_is_too_small_for_a_frame_is_removed": LIMITS,
}
