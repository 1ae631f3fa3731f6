# CMake generated Testfile for 
# Source directory: /tmp/wt/infra
# Build directory: /tmp/wt/infra/build-clang
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
subdirs("base")
subdirs("model")
subdirs("config")
subdirs("net")
subdirs("sync")
subdirs("proto")
subdirs("storage")
subdirs("router")
subdirs("node")
subdirs("client")
subdirs("cli")
subdirs("tests")
