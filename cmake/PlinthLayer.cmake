# plinth_layer(name DEPENDS layer... [LINK target...])
#
# A layer is a folder of src/ and a static library of its own, linked only to the layers that it may use.
# Its unit tests are test/unit/<name>/*_test.cc, in one program.
function(plinth_layer name)
  cmake_parse_arguments(LAYER "" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  add_library(plinth_${name} STATIC ${sources})
  add_library(plinth::${name} ALIAS plinth_${name})
  set_target_properties(plinth_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  target_compile_features(plinth_${name} PUBLIC cxx_std_23)
  set_target_properties(plinth_${name} PROPERTIES UNITY_BUILD ${PLINTH_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  if(PLINTH_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A coroutine's frame has local types in it; gcc takes a file that is included for a header.
    target_compile_options(plinth_${name} PRIVATE -Wno-subobject-linkage)
  endif()
  target_include_directories(plinth_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM LAYER_DEPENDS PREPEND plinth_)
  target_link_libraries(plinth_${name} PUBLIC ${LAYER_DEPENDS} ${LAYER_LINK})
  set_property(GLOBAL APPEND PROPERTY PLINTH_LAYERS plinth_${name})
endfunction()

# plinth_unit_tests(layer [UNITY]): the unit tests of one layer, in one program. With UNITY several files are compiled
# together: their names must not collide.
function(plinth_unit_tests name)
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/unit/${name}/*_test.cc)
  if(NOT tests)
    return()
  endif()
  add_executable(${name}_test ${tests})
  if(PLINTH_UNITY AND "UNITY" IN_LIST ARGN)
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_compile_options(${name}_test PRIVATE -Wno-subobject-linkage)
  endif()
  # Half of the time to compile; what they test is compiled as elsewhere.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:Debug>:-O0>)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(${name}_test PRIVATE plinth_${name} GTest::gmock GTest::gtest_main)
  add_test(NAME unit.${name} COMMAND ${name}_test --gtest_brief=1)
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 120)
endfunction()
