# `cmake --install`: the headers, the layers, the plugin, and a package that find_package(plinth) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/plinth)
get_property(layers GLOBAL PROPERTY PLINTH_LAYERS)

install(TARGETS ${layers} plinth
  plinth_proto_health plinth_proto_reflection plinth_proto_channelz plinth_proto_otlp plinth_proto_rpc
  EXPORT plinth)
install(TARGETS protoc-gen-plinth EXPORT plinth)
install(EXPORT plinth NAMESPACE plinth:: DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/plinth TYPE INCLUDE)
# What is attached to errors, for those who read or write it.
install(DIRECTORY ${PROJECT_BINARY_DIR}/src/generated/plinth_proto_rpc/google TYPE INCLUDE
  FILES_MATCHING PATTERN "*.pb.h")

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/plinth-config.cmake.in
  ${PROJECT_BINARY_DIR}/plinth-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/plinth-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/plinth-config.cmake
  ${PROJECT_BINARY_DIR}/plinth-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/PlinthGenerate.cmake
  DESTINATION ${package_dir})
