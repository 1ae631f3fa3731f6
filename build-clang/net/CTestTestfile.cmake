# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/net
# Build directory: /tmp/wt/infra/build-clang/net
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
