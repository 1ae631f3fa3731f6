# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/sync
# Build directory: /tmp/wt/infra/build-clang/sync
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
