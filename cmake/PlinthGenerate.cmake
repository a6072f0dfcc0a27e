# plinth_generate(target PROTOS file... [IMPORT_DIRS dir...])
#
# A static library of the C++ of .proto files: messages (x.pb.h), services (x.plinth.h) and fakes of them for tests
# (x.plinth.fake.h), included by the path that the file has in its import directory. Link `target` and include them; more
# libraries that the files need (one that plinth_generate made for imported files) are linked to `target` as to any other.
#
# PROTOS are found in the current source directory and then in the import directories, which also are where imports are
# looked up. Without IMPORT_DIRS the current source directory is the only one. A file is generated anew when it, one of
# its imports, protoc or the plugin changes. What protoc says of a broken file ends the build, with its file and line.
function(plinth_generate target)
  cmake_parse_arguments(ARG "" "" "PROTOS;IMPORT_DIRS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "plinth_generate(${target}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_PROTOS)
    message(FATAL_ERROR "plinth_generate(${target}): name the files to generate from: PROTOS file...")
  endif()
  _plinth_import_dirs(import_dirs "${ARG_IMPORT_DIRS}")

  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/${target})
  set(sources)
  foreach(proto IN LISTS ARG_PROTOS)
    _plinth_locate(file name ${target} ${proto} "${import_dirs}")
    _plinth_generate_file(generated ${file} ${name} ${out} "${import_dirs}")
    list(APPEND sources ${generated})
  endforeach()

  # Inside of this tree only the layers that generated code needs, so that the layers above can be made of it.
  if(TARGET protoc-gen-plinth)
    set(library plinth_server)
  else()
    set(library plinth::plinth)
  endif()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(${target} PUBLIC ${library} protobuf::libprotobuf)
endfunction()

# Absolute import directories, in the order given.
function(_plinth_import_dirs result dirs)
  if(NOT dirs)
    set(dirs .)
  endif()
  set(absolute)
  foreach(dir IN LISTS dirs)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    string(REGEX REPLACE "/$" "" dir "${dir}")
    list(APPEND absolute ${dir})
  endforeach()
  set(${result} ${absolute} PARENT_SCOPE)
endfunction()

# The absolute path of a file, and its path in the import directory that it is in.
function(_plinth_locate result_file result_name target proto import_dirs)
  foreach(dir IN LISTS CMAKE_CURRENT_SOURCE_DIR import_dirs)
    cmake_path(ABSOLUTE_PATH proto BASE_DIRECTORY ${dir} NORMALIZE OUTPUT_VARIABLE file)
    if(EXISTS ${file})
      break()
    endif()
  endforeach()
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "plinth_generate(${target}): there is no file ${proto}, "
                        "neither in ${CMAKE_CURRENT_SOURCE_DIR} nor in the import directories: ${import_dirs}")
  endif()
  foreach(dir IN LISTS import_dirs)
    cmake_path(IS_PREFIX dir ${file} inside)
    if(inside)
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${dir} OUTPUT_VARIABLE name)
      set(${result_file} ${file} PARENT_SCOPE)
      set(${result_name} ${name} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "plinth_generate(${target}): ${file} is in none of the import directories: ${import_dirs}; "
                      "add the one that its imports and includes start from to IMPORT_DIRS")
endfunction()

# The command that generates from one file, and the sources that it writes.
function(_plinth_generate_file result file name out import_dirs)
  string(REGEX REPLACE "\\.proto$" "" base "${name}")
  list(TRANSFORM import_dirs PREPEND -I OUTPUT_VARIABLE import_options)
  set(sources ${out}/${base}.pb.cc ${out}/${base}.plinth.cc)
  set(headers ${out}/${base}.pb.h ${out}/${base}.plinth.h ${out}/${base}.plinth.fake.h)
  set(depfile ${out}/${base}.d)
  cmake_path(GET depfile PARENT_PATH folder)

  add_custom_command(
    OUTPUT ${sources} ${headers}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND protobuf::protoc --plugin=protoc-gen-plinth=$<TARGET_FILE:plinth::protoc-gen-plinth> ${import_options}
            --cpp_out=${out} --plinth_out=${out} --dependency_out=${depfile} ${file}
    DEPENDS plinth::protoc-gen-plinth protobuf::protoc
    DEPFILE ${depfile}
    COMMENT "Generating C++ from ${name}"
    VERBATIM)
  # protoc's code is not ours to warn about.
  set_source_files_properties(${out}/${base}.pb.cc PROPERTIES COMPILE_OPTIONS -w)
  set(${result} ${sources} ${headers} PARENT_SCOPE)
endfunction()
