# Compares what a program prints with a file: cmake -DPROGRAM=... [-DEMULATOR=...] -DGOLDEN=... -P
execute_process(COMMAND ${EMULATOR} ${PROGRAM} OUTPUT_VARIABLE printed RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} failed: ${code}")
endif()
file(READ ${GOLDEN} golden)
if(NOT printed STREQUAL golden)
  message(FATAL_ERROR "what lies in shared memory is not what ${GOLDEN} says. If that is meant, a new "
    "FERRY_LAYOUT_VERSION and a new golden file are due. Now:\n${printed}")
endif()
message("as ${GOLDEN} says")
