# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/tests
# Build directory: /tmp/wt/infra/build-clang/tests
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
subdirs("support")
subdirs("unit/base")
