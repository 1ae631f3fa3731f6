# CMake generated Testfile for 
# Source directory: /tmp/wt/infra/model
# Build directory: /tmp/wt/infra/build-clang/model
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
