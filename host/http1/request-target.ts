/** What the target of a request line says: path and authority (RFC 9112, 3.2), with Envoy's verdicts. */
import { isAuthority, isHostAndPort } from '../http/authority.ts'
import type { CodecRefusal } from '../http/codec.ts'
import { Refusal } from './refusals.ts'

/** A request target in parts; strings are byte strings. */
export interface RequestTarget {
  /** '' for CONNECT and for an absolute target whose path is missing before `?`. */
  readonly path: string
  /** From an absolute or authority target, without userinfo; null = the Host field counts. */
  readonly authority: string | null
  /** Lower-case; null = that of the connection. */
  readonly scheme: string | null
}

/** Splits a target that is not of the usual form `/path`. */
export function parseRequestTarget(target: string, method: string, allowAbsolute: boolean): RequestTarget | CodecRefusal {
  if (method === 'CONNECT') return authorityForm(target)
  if (target === '*') return method === 'OPTIONS' ? { path: '*', authority: null, scheme: null } : Refusal.invalidUrl
  const colon = target.indexOf('://')
  if (colon <= 0) return Refusal.codecError
  // Left to whoever routes: a path without `/` leads nowhere.
  if (!allowAbsolute) return { path: target, authority: null, scheme: null }
  const scheme = target.slice(0, colon).toLowerCase()
  if (scheme === 'http' || scheme === 'https') return absoluteForm(target.slice(colon + 3), scheme)
  return /^[a-z][a-z0-9+.-]*$/.test(scheme) ? Refusal.invalidScheme : Refusal.codecError
}

function absoluteForm(rest: string, scheme: string): RequestTarget | CodecRefusal {
  const end = authorityEnd(rest)
  if (!isUrlAuthority(rest.slice(0, end))) return Refusal.codecError
  const userinfo = rest.slice(0, end).lastIndexOf('@')
  const authority = rest.slice(userinfo + 1, end)
  if (!isHostAndPort(authority) || (userinfo >= 0 && !USERINFO.test(rest.slice(0, userinfo)))) return Refusal.invalidUrl
  const path = rest.slice(end)
  return { path: path === '' ? '/' : path, authority, scheme }
}

function authorityForm(target: string): RequestTarget | CodecRefusal {
  if (!isUrlAuthority(target.slice(0, authorityEnd(target)))) return Refusal.codecError
  if (!/:\d+$/.test(target) || !isHostAndPort(target)) return Refusal.invalidUrl
  return { path: '', authority: target, scheme: null }
}

const USERINFO = /^[\w!$%&'()*+,\-.:;=~]*$/

/** Envoy looks at the bytes before it looks at the parts. */
function isUrlAuthority(text: string): boolean {
  return isAuthority(text) && !text.includes('@@')
}

/** A fragment ends no authority: its mark is refused in one. */
function authorityEnd(text: string): number {
  const end = text.search(/[/?]/)
  return end < 0 ? text.length : end
}
