/** Random requests that a proxy would let through to its filters. */
import { array, constantFrom, integer, oneof, record, string, tuple, type Arbitrary } from 'fast-check'
import type { ChunkPlan } from './chunks.ts'
import type { TestRequest } from './test-stream.ts'

/** What the requests are made of, beside dice: what the filter looks at should be among them. */
export interface RequestShape {
  /** Names of headers. */
  readonly headers?: readonly string[]
  /** Values of headers. */
  readonly values?: readonly string[]
  /** Whole paths. */
  readonly paths?: readonly string[]
  /** Whole bodies. */
  readonly bodies?: readonly string[]
}

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS']
const NAMES = ['accept', 'authorization', 'cookie', 'content-type', 'host', 'x-forwarded-for', 'x-request-id', 'x-a']
const PATHS = ['/', '/items?a=1&a=2', '/%00', '/a//b/../c', '/?', '/%ff%']
const BODIES = ['', '{}', '{"a":[1,2,{"b":null}]}', 'a=1&b=2']
const NAME_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789-_'
/** Bytes that a value may have: all but controls, from tab on. */
const VALUE_CHARACTERS = ['\t', ...Array.from({ length: 256 - 32 }, (_, index) => String.fromCharCode(32 + index))].filter(
  (one) => one !== '\x7f',
)
const PATH_CHARACTERS = Array.from({ length: 127 - 33 }, (_, index) => String.fromCharCode(33 + index))

/** One request. */
export function randomRequest(shape: RequestShape = {}): Arbitrary<TestRequest> {
  const parts = {
    method: constantFrom(...METHODS),
    path: oneof(
      among(shape.paths, PATHS),
      text(PATH_CHARACTERS).map((rest) => `/${rest}`),
    ),
    headers: array(tuple(name(shape), value(shape)), { maxLength: 8 }),
    body: oneof(among(shape.bodies, BODIES), text(VALUE_CHARACTERS)),
    split: plan(),
    trailers: array(tuple(name(shape), value(shape)), { maxLength: 2 }),
  }
  return record(parts, { requiredKeys: ['method', 'path', 'headers'] })
}

/** One to four requests, sent one after the other to one host. */
export function randomRequests(shape: RequestShape = {}): Arbitrary<readonly TestRequest[]> {
  return array(randomRequest(shape), { minLength: 1, maxLength: 4 })
}

function name({ headers }: RequestShape): Arbitrary<string> {
  return oneof(
    among(headers, NAMES),
    text([...NAME_CHARACTERS], 1).map((rest) => `x-${rest}`),
  )
}

function value({ values }: RequestShape): Arbitrary<string> {
  const any = text(VALUE_CHARACTERS).map((one) => one.trim())
  return values === undefined || values.length === 0 ? any : oneof(constantFrom(...values), any)
}

function plan(): Arbitrary<ChunkPlan> {
  return oneof(record({ size: integer({ min: 1, max: 64 }) }), record({ seed: integer({ min: 0, max: 1000 }) }))
}

function among(own: readonly string[] | undefined, common: readonly string[]): Arbitrary<string> {
  return constantFrom(...(own ?? []), ...common)
}

function text(characters: readonly string[], minLength = 0): Arbitrary<string> {
  return string({ unit: constantFrom(...characters), minLength, maxLength: 40 })
}
