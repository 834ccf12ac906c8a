/** Addresses. */
import type { Address } from '../gen/envoy/config/core/v3/address_pb.ts'
import type { SocketAddress } from '../types.ts'

/** The checked address. */
export function buildAddress(address: Address | undefined): SocketAddress {
  if (address?.address.case === 'pipe') return { host: address.address.value.path, port: 0 }
  const socket = address?.address.value
  return { host: socket?.address ?? '', port: socket?.portSpecifier.value ?? 0 }
}
