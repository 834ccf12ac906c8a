/** Addresses that need no look-up. */
import { isIP } from 'node:net'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { Address } from '../gen/envoy/config/core/v3/address_pb.ts'

/** Adds a fault unless the address is an IP address. */
export function checkAddress(address: Address, path: ConfigPath, faults: Fault[]): void {
  const host = address.address.value?.address ?? ''
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
