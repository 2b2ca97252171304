// Package commands pins the etcd server that `peers install` builds.
package commands

import _ "go.etcd.io/etcd/server/v3/etcdmain"
