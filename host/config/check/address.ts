/** Addresses that need no look-up. */
import { isIP } from 'node:net'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { Address } from '../gen/envoy/config/core/v3/address_pb.ts'

/** Adds a fault unless the address is an IP address, or the path of a socket file. */
export function checkAddress(address: Address, path: ConfigPath, faults: Fault[]): void {
  const { case: kind, value } = address.address
  if (kind === 'pipe') return checkPath(value.path, [...path, 'pipe', 'path'], faults)
  const host = value?.address ?? ''
  if (host === '' || isIP(host) !== 0) return
  const at = [...path, 'socket_address', 'address']
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Malformed IP address',
    path: at,
    seen: show(host),
    wanted: 'an IPv4 or IPv6 address',
  })
}

/** Longest path of a socket file in Linux, its final NUL included. */
const MAX_PATH_BYTES = 108

/** A path without a slash would look like a host name everywhere else. */
function checkPath(name: string, path: ConfigPath, faults: Fault[]): void {
  if (name === '') return // a rule requires it
  const isUsable = name.includes('/') && !name.startsWith('@') && !name.includes('\0') && Buffer.byteLength(name) < MAX_PATH_BYTES
  if (isUsable) return
  const wanted = `a path with a slash, at most ${MAX_PATH_BYTES - 1} bytes, of a file: no abstract name`
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Socket path cannot be used', path, seen: show(name), wanted })
}
