/** The hash of a request, by which load balancers give requests of one kind to one endpoint (source/common/http/hash_policy.cc). */
import type { HashPolicyConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { Uint64 } from '../util/uint64.ts'
import { xxHash64, xxHash64Onto } from '../util/xx-hash64.ts'
import { hostOf } from './authority.ts'
import { queryValue } from './value-matcher.ts'

/** What a policy reads of a stream. */
export interface HashedStream {
  readonly requestHeaders: HeaderMap
  readonly info: StreamInfo
}

/** Policies in order; each adds to the hash of those before it. */
export class HashPolicies {
  readonly #policies: readonly HashPolicyConfig[]

  constructor(policies: readonly HashPolicyConfig[]) {
    this.#policies = policies
  }

  /** Null when no policy finds what it looks for. A cookie that had to be made is put into `setCookies`. */
  hash(stream: HashedStream, setCookies: string[]): Uint64 | null {
    let hash: Uint64 | null = null
    for (const policy of this.#policies) {
      const texts = textsOf(policy, stream, setCookies)
      if (texts.length > 0) {
        const added = hashAll(texts)
        // Turned, so that equal parts do not take each other away.
        hash = hash === null ? added : hash.rotateLeft(1).xor(added)
      }
      if (policy.isTerminal && hash !== null) break
    }
    return hash
  }
}

/** Each text goes on from the hash of those before it. */
function hashAll(texts: readonly string[]): Uint64 {
  const hash = new Uint64()
  for (const text of texts) xxHash64Onto(text, hash)
  return hash
}

/** What a policy hashes. */
function textsOf(policy: HashPolicyConfig, stream: HashedStream, setCookies: string[]): readonly string[] {
  const { requestHeaders, info } = stream
  switch (policy.kind) {
    case 'header':
      return headerTexts(policy, requestHeaders)
    case 'cookie':
      return some(cookieValue(requestHeaders, policy.name) ?? newCookie(policy, info, setCookies))
    case 'source_ip':
      return [hostOf(info.sourceAddress)]
    case 'query':
      return some(queryText(requestHeaders.get(':path') ?? '', policy.name))
  }
}

function some(text: string | null): readonly string[] {
  return text === null ? [] : [text]
}

/** All values, in an order that does not depend on that of the request. */
function headerTexts({ name, rewrite }: Extract<HashPolicyConfig, { kind: 'header' }>, headers: HeaderMap): readonly string[] {
  const values = headers.getAll(name)
  if (rewrite === null) return values.toSorted()
  return values.map((value) => rewrite.regex.replaceAll(value, rewrite.substitution)).toSorted()
}

function queryText(target: string, name: string): string | null {
  const mark = target.indexOf('?')
  return mark < 0 ? null : queryValue(target.slice(mark + 1), name)
}

/** Value of a cookie without its quotes; null when it is missing or empty. */
function cookieValue(headers: HeaderMap, name: string): string | null {
  for (const line of headers.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=')
      if (equals < 0 || pair.slice(0, equals).trim() !== name) continue
      const value = pair.slice(equals + 1).trim()
      return value.replace(/^"(.*)"$/, '$1') || null
    }
  }
  return null
}

/** A cookie that lasts gets a value of the connection. */
function newCookie(policy: Extract<HashPolicyConfig, { kind: 'cookie' }>, info: StreamInfo, setCookies: string[]): string | null {
  const { name, ttl, path, attributes } = policy
  if (ttl === null) return null
  const { remoteAddress, localAddress } = info.connection
  const value = hex(xxHash64(remoteAddress + localAddress, 0, new Uint64()))
  const age = ttl === 0 ? '' : `; Max-Age=${ttl}`
  setCookies.push(`${name}="${value}"${age}${path === '' ? '' : `; Path=${path}`}${attributes}; HttpOnly`)
  return value
}

function hex({ high, low }: Uint64): string {
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
