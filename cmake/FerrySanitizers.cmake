# FERRY_SANITIZE applies to every target: a program whose parts are built differently reports nonsense.
if(FERRY_SANITIZE)
  list(JOIN FERRY_SANITIZE "," ferry_sanitizers)
  add_compile_options(-fsanitize=${ferry_sanitizers} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ferry_sanitizers})
endif()
if("thread" IN_LIST FERRY_SANITIZE)
  add_library(ferry_tsan_start OBJECT ${PROJECT_SOURCE_DIR}/tests/support/tsan_start.c)
  link_libraries(
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:$<TARGET_OBJECTS:ferry_tsan_start>>)
endif()
