# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/base
# Build directory: /tmp/wt/infra/build-clang/base
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
