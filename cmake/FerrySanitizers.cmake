# FERRY_SANITIZE applies to every target: a program whose parts are built differently reports nonsense.
if(FERRY_SANITIZE)
  list(JOIN FERRY_SANITIZE "," ferry_sanitizers)
  add_compile_options(-fsanitize=${ferry_sanitizers} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ferry_sanitizers})
endif()
