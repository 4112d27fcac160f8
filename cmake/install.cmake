# cmake --install build --prefix DIR: program, library, headers, pkg-config file, experiments.
if(BUILD_SHARED_LIBS)
  if(APPLE)
    set_target_properties(clnoise PROPERTIES INSTALL_RPATH "@loader_path/../${CMAKE_INSTALL_LIBDIR}")
  else()
    set_target_properties(clnoise PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  endif()
endif()

# What else a program that links the static library needs; a shared one brings it along itself.
if(BUILD_SHARED_LIBS)
  set(CLN_PC_PRIVATE ".private")
  set(CLN_PC_LIBS "")
else()
  set(CLN_PC_PRIVATE "")
  set(CLN_PC_LIBS "${CLN_OPENCL_LIBRARY} -lm ${CMAKE_THREAD_LIBS_INIT}")
  if(CLBLAST_LIBRARY AND CLBLAST_INCLUDE)
    string(PREPEND CLN_PC_LIBS "${CLBLAST_LIBRARY} ")
  endif()
endif()
set(CLN_PC_REQUIRES "yaml-0.1 cairo libpng libcjson zlib libcurl libcrypto")
file(RELATIVE_PATH CLN_PC_UP /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/clnoise.pc.in ${CMAKE_BINARY_DIR}/clnoise.pc @ONLY)

install(TARGETS clnoise libclnoise
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/clnoise DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/clnoise.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY experiments/ DESTINATION ${CMAKE_INSTALL_DATADIR}/clnoise/experiments
  FILES_MATCHING PATTERN "*.yaml" PATTERN "schema.json" PATTERN "results" EXCLUDE)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
