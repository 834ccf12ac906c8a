/** What visitors have that a list of values is about: what each value matches, what it only nearly does, and nothing at all. */
import type { Traits } from './visitor.ts'

type MakeTraits = (sample: string) => readonly Traits[]

/** Traits for the values of a list or a condition, by its name. */
export function traitsFor(name: string, values: readonly string[]): Traits[] {
  const key = name.replace(/^not(.)/, (_, letter: string) => letter.toLowerCase())
  const make = LISTS[key] ?? namedInBrackets(key)
  const samples = RANGES.has(key) ? values.flatMap(addressesOf) : PORTS.has(key) ? [...values, '8080'] : values.flatMap(samplesOf)
  const all = [{}, ...samples.flatMap(make), ...(IDENTITIES.has(key) ? STRANGERS : [])]
  return [...new Map(all.map((traits) => [JSON.stringify(traits), traits])).values()]
}

const RANGES = new Set(['ipBlocks', 'remoteIpBlocks', 'source.ip', 'remote.ip', 'destination.ip'])
const PORTS = new Set(['ports', 'destination.port'])
const IDENTITIES = new Set([
  'principals',
  'source.principal',
  'namespaces',
  'source.namespace',
  'serviceAccounts',
  'trustDomains',
])

/** Whose certificate has no SPIFFE ID, or who has no TLS. */
const STRANGERS: readonly Traits[] = [{ isTls: false }, { identity: '' }, { identity: 'DNS:principal' }]

const principal: MakeTraits = (name) => [uri(name)]
const namespace: MakeTraits = (name) => [uri(`td.test/ns/${name}/sa/x`)]
const requestPrincipal: MakeTraits = (name) => {
  const slash = name.lastIndexOf('/')
  if (slash >= 0) return [{ claims: { iss: name.slice(0, slash), sub: name.slice(slash + 1) } }]
  return [
    { claims: { iss: name, sub: 'someone' } },
    { claims: { iss: 'https://idp.test', sub: name } },
    { claims: { iss: name } },
  ]
}
const from: MakeTraits = (address) => [{ from: address }, { from: address, forwardedFor: '127.77.0.1' }]
const remote: MakeTraits = (address) => [{ from: address }, { forwardedFor: address }]
const port: MakeTraits = (number) => [{ toPort: Number(number) }]

const LISTS: Readonly<Record<string, MakeTraits>> = {
  principals: principal,
  'source.principal': principal,
  namespaces: namespace,
  'source.namespace': namespace,
  serviceAccounts: (name) => {
    const [space, account] = name.includes('/') ? name.split('/') : ['foo', name]
    return [uri(`td.test/ns/${space}/sa/${account}`), uri(`td.test/ns/${space}/a/b/sa/${account}/c/d`)]
  },
  trustDomains: (name) => [uri(`${name}/ns/x/sa/y`)],
  requestPrincipals: requestPrincipal,
  'request.auth.principal': requestPrincipal,
  'request.auth.audiences': (name) => claim(['aud'], name),
  'request.auth.presenter': (name) => claim(['azp'], name),
  ipBlocks: from,
  'source.ip': from,
  remoteIpBlocks: remote,
  'remote.ip': remote,
  'destination.ip': (address) => [{ toAddress: address }],
  ports: port,
  'destination.port': port,
  hosts: (host) => [{ host }],
  methods: (method) => [{ method }],
  paths: (path) => [{ path: path.startsWith('/') ? path : `/${path}` }],
  'connection.sni': (name) => (/^\.|\.$/.test(name) ? [] : [{ serverName: name }]),
}

/** `request.headers[a]`, `request.auth.claims[a][b]`, `experimental.envoy.filters.a.b[c]` (by a header, see the proxy's filters). */
function namedInBrackets(key: string): MakeTraits {
  const names = [...key.matchAll(/\[(.*?)\]/g)].map(([, name]) => name!)
  if (key.startsWith('request.headers[')) return (value) => [{ headers: [[names[0]!, value]] }]
  if (key.startsWith('request.auth.claims[')) return (value) => claim(names, value)
  if (key.startsWith('experimental.envoy.filters.a.b[c]')) return (value) => [{ headers: [['x-metadata', value]] }]
  throw new Error(`no requests are known for ${key}`)
}

function uri(name: string): Traits {
  return { identity: `URI:spiffe://${name}` }
}

/** A claim as a text, as a list, and as what is neither. */
function claim(path: readonly string[], value: string): Traits[] {
  const at = (leaf: unknown): Traits => ({
    claims: path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), leaf) as Record<string, unknown>,
  })
  return [at(value), at(['other', value]), at([]), at(7), at({ a: value })]
}

/** Texts that a value matches, and some that it does not. */
function samplesOf(value: string): string[] {
  if (value === '*') return ['any']
  if (value.includes('{'))
    return ['one', 'one/two', ''].map((filling) => value.replaceAll(/\{\*+\}/g, filling).replace('//', '/'))
  if (value.endsWith('*')) return [`${value.slice(0, -1)}one`, value.slice(0, -1), `x${value.slice(0, -1)}one`]
  if (value.startsWith('*')) return [`one${value.slice(1)}`, value.slice(1), `one${value.slice(1)}x`]
  return [value, `${value}x`, `x${value}`]
}

/** An address of a range, and one outside of it. */
function addressesOf(range: string): string[] {
  const [address = '', length = '32'] = range.split('/')
  const inside = length === '32' ? address : address.replace(/\d+$/, (last) => String(Number(last) + 5))
  return [inside, '127.99.0.9']
}
