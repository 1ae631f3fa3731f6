# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/node
# Build directory: /tmp/wt/infra/build-clang/node
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
