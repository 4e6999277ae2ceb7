// Package rig starts and stops the real parts that a demonstration or an end-to-end test needs: ejabberd, PostgreSQL, vtn-xmpp,
// nginx in front of it, and a TCP proxy between any two of them.
//
// Each Start function uses a folder of its own below the system's temporary folder and free ports on loopback, returns when the
// part can be used, and stops it when its context ends. What was started ends with this program in any case, also when the
// program is killed. Programs run through [Main], so that an interrupt stops everything before they end.
//
// The parts are Debian's; test/install installs what is missing.
package rig
