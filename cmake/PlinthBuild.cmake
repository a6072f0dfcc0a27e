# How everything in this tree is compiled.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG -fno-plt")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

find_program(PLINTH_CCACHE ccache)
if(PLINTH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PLINTH_CCACHE})
endif()

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  add_compile_options(-Wall -Wextra -fdiagnostics-color=auto)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc 12 reports these inside libstdc++ and in coroutine frames when sanitizers are on; clang-tidy covers both.
    add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow)
  endif()
endif()

if(PLINTH_SANITIZE)
  add_compile_options(-fsanitize=${PLINTH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PLINTH_SANITIZE})
  if(PLINTH_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)
  endif()
endif()
