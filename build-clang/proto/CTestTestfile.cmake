# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/proto
# Build directory: /tmp/wt/infra/build-clang/proto
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
