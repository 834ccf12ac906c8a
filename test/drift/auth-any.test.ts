/** The methods of auth-any are configured as the filters of the same kind: its schema has their fields, but for those named here. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../tools/checks/sources.ts'

type Node = { readonly [name: string]: unknown }

const RULES = 'what is asked of which requests stands in the rules of auth-any'
const REPLIES = 'auth-any answers for all methods together'
const SHARES = 'auth-any is tried as a whole'
const PATHS = 'rules read paths, and those are of auth-any'
const BINDINGS = 'the module has no room for what proofs need'

/** What auth-any leaves out, by path, and why. */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'basic-auth': {
    rules: RULES,
    allow_missing: RULES,
    filter_enabled: SHARES,
    filter_enforced: SHARES,
    path_normalization: PATHS,
    strip_path_parameters: PATHS,
  },
  'api-key-auth': {
    rules: RULES,
    deny_response: REPLIES,
    forbidden_response: REPLIES,
    filter_enabled: SHARES,
    filter_enforced: SHARES,
    path_normalization: PATHS,
    strip_path_parameters: PATHS,
    reject_ambiguous: PATHS,
    escaped_slashes: PATHS,
  },
  'jwt-authn': {
    rules: RULES,
    requirement_map: RULES,
    bypass_cors_preflight: RULES,
    strip_failure_response: REPLIES,
    error_format: REPLIES,
    resource_metadata: REPLIES,
    filter_enabled: SHARES,
    filter_enforced: SHARES,
    path_normalization: PATHS,
    strip_path_parameters: PATHS,
    'providers.*.token_binding': BINDINGS,
    'providers.*.proof_algorithms': BINDINGS,
    'providers.*.proof_max_age': BINDINGS,
  },
}

/** What it has beside them, in the same way. */
const ADDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'basic-auth': { max_sha_crypt_rounds: 'basic-auth has no room for SHA-crypt' },
}

/** Fields that are described otherwise. */
const TOLD_OTHERWISE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'basic-auth': { users: 'its hashes are more' },
}

/** Fields that refer to themselves, all of them left out. */
const ENDLESS: ReadonlySet<string> = new Set(['rules', 'requirement_map'])

function schemaOf(filter: string): Node {
  return JSON.parse(readFileSync(join(root, 'filters', filter, 'schema.json'), 'utf8')) as Node
}

/** What auth-any says of a method. */
function methodOf(name: string): Node {
  const any = schemaOf('auth-any') as { properties: { methods: { additionalProperties: { oneOf: { properties: Node }[] } } } }
  const kinds = any.properties.methods.additionalProperties.oneOf.map(({ properties }) => properties)
  return resolved(any, kinds.find((kind) => name in kind)![name]) as Node
}

/** With what references point to in their place. */
function resolved(schema: Node, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(schema, item))
  if (typeof value !== 'object' || value === null) return value
  const { $ref: reference, ...own } = value as Node
  const parts = Object.fromEntries(Object.entries(own).map(([name, part]) => [name, resolved(schema, part)]))
  if (typeof reference !== 'string') return parts
  const target = reference
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((at, name) => (at as Node)[name], schema)
  return { ...(resolved(schema, target) as Node), ...parts }
}

/** Removes the field from the schema of an object; fails when it has none of that name. */
function leaveOut(schema: Node, path: string): void {
  const names = path.split('.')
  const last = names.pop()!
  const place = names.reduce<Node>((at, name) => (name === '*' ? at['additionalProperties'] : fieldsOf(at)[name]) as Node, schema)
  if (!(last in fieldsOf(place))) throw new Error(`${path} is left out and not there: take it from the list`)
  delete fieldsOf(place)[last]
}

const fieldsOf = (schema: Node): Record<string, unknown> => schema['properties'] as Record<string, unknown>

test.each([
  ['basic_auth', 'basic-auth'],
  ['api_key_auth', 'api-key-auth'],
  ['jwt_authn', 'jwt-authn'],
])('the method %s has the fields of %s', (method, filter) => {
  const { $defs, ...schema } = schemaOf(filter)
  const own = resolved({ $defs }, withoutRules(schema)) as Node
  const copied = structuredClone(methodOf(method))
  for (const path of Object.keys(LEFT_OUT[filter]!)) leaveOut(own, path)
  for (const path of Object.keys(ADDED[filter] ?? {})) leaveOut(copied, path)
  for (const name of Object.keys(TOLD_OTHERWISE[filter] ?? {}))
    fieldsOf(copied)[name] = retold(fieldsOf(copied)[name], fieldsOf(own)[name])
  expect([copied['required'], copied['properties']]).toEqual([own['required'], own['properties']])
})

/** The field with the other's description; fails when both say the same. */
function retold(field: unknown, other: unknown): Node {
  const { description } = other as Node
  expect((field as Node)['description']).not.toBe(description)
  return { ...(field as Node), description }
}

function withoutRules(schema: Node): Node {
  const fields = Object.entries(fieldsOf(schema)).map(([name, field]) => [name, ENDLESS.has(name) ? {} : field])
  return { ...schema, properties: Object.fromEntries(fields) }
}
