/** The address by which other machines know this one. */
import { networkInterfaces } from 'node:os'

let address = ''

/** The first IPv4 address that is not loopback, looked up once; `127.0.0.1` where there is none (network/utility.cc, getLocalAddress). */
export function machineAddress(): string {
  if (address === '') address = findAddress()
  return address
}

function findAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}
