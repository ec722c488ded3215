# ferry_warnings(TARGET): the warnings that all our own code is free of.
function(ferry_warnings target)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4)
    return()
  endif()
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
    $<$<BOOL:${FERRY_WERROR}>:-Werror>)
endfunction()
