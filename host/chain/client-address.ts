/** Who the client is, and what upstreams are told of it (hot; source/common/http/conn_manager_utility.cc). */
import { isIP } from 'node:net'
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { machineAddress } from '../util/machine-address.ts'

/** Finds the client's address and writes the x-forwarded headers. True for a request of a peer inside. */
export function admitAddress(headers: HeaderMap, config: HttpConnectionManagerConfig, info: StreamInfo): boolean {
  const forwarded = headers.get('x-forwarded-for')
  const client = config.useRemoteAddress
    ? appendRemoteAddress(headers, forwarded, config, info)
    : detectAddress(headers, forwarded, config, info)
  if (config.appendsForwardedPort) forwardPort(headers, config, info)
  if (config.internalAddresses === null || client === null) return false
  // Only one hop away, and seen by ourselves or told by the one in front of us.
  const isSingle = config.useRemoteAddress ? forwarded === null : !forwarded!.includes(',')
  return isSingle && config.internalAddresses.check(client, client.includes(':') ? 'ipv6' : 'ipv4')
}

/** Edge proxy: the peer's address is what counts, and what upstreams are told. Returns the client's address. */
function appendRemoteAddress(
  headers: HeaderMap,
  forwarded: string | null,
  config: HttpConnectionManagerConfig,
  info: StreamInfo,
): string {
  const peer = info.connection.remoteHost
  const hops = config.xffNumTrustedHops
  const trusted = hops > 0 && forwarded !== null ? addressFromEnd(forwarded, hops - 1) : null
  if (trusted !== null) info.sourceAddress = withPortZero(trusted)
  if (!config.skipXffAppend) appendForwardedFor(headers, forwarded, isLoopback(peer) ? machineAddress() : peer)
  if (hops === 0 || !headers.has('x-forwarded-proto')) headers.setOwn('x-forwarded-proto', schemeOf(info))
  return trusted ?? peer
}

/** Tells upstreams one more address that the request came through; `forwarded` is what they are told already. */
export function appendForwardedFor(headers: HeaderMap, forwarded: string | null, address: string): void {
  headers.setOwn('x-forwarded-for', forwarded === null || forwarded === '' ? address : `${forwarded},${address}`)
}

/** Inner proxy: x-forwarded-for tells who the client is; null = it does not. */
function detectAddress(
  headers: HeaderMap,
  forwarded: string | null,
  config: HttpConnectionManagerConfig,
  info: StreamInfo,
): string | null {
  const client = forwarded === null ? null : addressFromEnd(forwarded, config.xffNumTrustedHops)
  if (client !== null) info.sourceAddress = withPortZero(client)
  if (!headers.has('x-forwarded-proto')) headers.push('x-forwarded-proto', schemeOf(info))
  return client
}

function forwardPort(headers: HeaderMap, config: HttpConnectionManagerConfig, info: StreamInfo): void {
  const isKept = !config.useRemoteAddress || config.xffNumTrustedHops > 0
  if (isKept && headers.has('x-forwarded-port')) return
  const { localAddress } = info.connection
  headers.setOwn('x-forwarded-port', localAddress.slice(localAddress.lastIndexOf(':') + 1))
}

/** The address `skip` entries before the last one, or null when there is none or it is not an IP address. */
export function addressFromEnd(forwarded: string, skip: number): string | null {
  let end = forwarded.length
  for (let i = 0; i < skip; i++) {
    end = forwarded.lastIndexOf(',', end - 1)
    if (end <= 0) return null
  }
  const address = forwarded.slice(forwarded.lastIndexOf(',', end - 1) + 1, end).trim()
  return isIP(address) === 0 ? null : address
}

function withPortZero(address: string): string {
  return address.indexOf(':') < 0 ? `${address}:0` : `[${address}]:0`
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1'
}

function schemeOf({ connection }: StreamInfo): string {
  return connection.tls === null ? 'http' : 'https'
}
