/**
 * Tables of the plugin tester of Google Cloud's Service Extensions: its message `TestSuite`
 * (github.com/GoogleCloudPlatform/service-extensions, plugins/test/runner.proto).
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { LogLevel } from '../../../util/logger.ts'
import { parseTextMessage, type FieldType, type MessageType } from './text-message.ts'

/** Texts are byte strings, but for `regex`. */
export interface StringMatcher {
  readonly invert?: boolean
  readonly exact?: string
  readonly regex?: string
  readonly file?: string
}

export interface Header {
  readonly key: string
  readonly value?: string
}

/** At most one of them. */
export interface Input {
  readonly header?: readonly Header[]
  readonly content?: string
  readonly file?: string
}

export interface Immediate {
  readonly http_status?: number
  readonly grpc_status?: number
  readonly details?: string
}

export interface Expectation {
  readonly has_header?: readonly Header[]
  readonly no_header?: readonly Header[]
  readonly headers?: readonly StringMatcher[]
  readonly body?: readonly StringMatcher[]
  readonly immediate?: Immediate
  readonly log?: readonly StringMatcher[]
}

export interface Invocation {
  readonly input?: Input
  readonly result?: Expectation
}

export interface SuiteTest {
  readonly name: string
  readonly num_chunks?: number
  readonly chunk_size?: number
  readonly properties?: readonly { readonly path?: string; readonly value?: string }[]
  readonly request_headers?: Invocation
  readonly request_body?: readonly Invocation[]
  readonly response_headers?: Invocation
  readonly response_body?: readonly Invocation[]
  readonly plugin_init?: Expectation
  readonly stream_init?: Expectation
  readonly stream_destroy?: Expectation
}

export interface Suite {
  readonly file: string
  /** The level that the log keeps and guests see. */
  readonly logLevel: LogLevel
  /** What the clock shows, in seconds since the Unix epoch. */
  readonly timeSeconds: number
  /** Path of the plugin configuration, or null. */
  readonly configFile: string | null
  readonly tests: readonly SuiteTest[]
}

interface RawSuite {
  readonly env?: { readonly config_path?: string; readonly log_level?: string; readonly time_secs?: number }
  readonly test?: readonly SuiteTest[]
}

const one = (type: FieldType['type']): FieldType => ({ type })
const many = (type: FieldType['type']): FieldType => ({ type, repeated: true })
const message = (fields: MessageType['fields']): MessageType => ({ fields })

const HEADER = message({ key: one('bytes'), value: one('bytes') })
const MATCHER = message({ invert: one('bool'), exact: one('bytes'), regex: one('text'), file: one('text') })
const INPUT = message({ header: many(HEADER), content: one('bytes'), file: one('text') })
const IMMEDIATE = message({ http_status: one('integer'), grpc_status: one('integer'), details: one('bytes') })
const EXPECTATION = message({
  has_header: many(HEADER),
  no_header: many(HEADER),
  headers: many(MATCHER),
  body: many(MATCHER),
  immediate: one(IMMEDIATE),
  log: many(MATCHER),
})
const INVOCATION = message({ input: one(INPUT), result: one(EXPECTATION) })
const TEST = message({
  name: one('text'),
  benchmark: one('bool'),
  num_chunks: one('integer'),
  chunk_size: one('integer'),
  properties: many(message({ path: one('bytes'), value: one('bytes') })),
  request_headers: one(INVOCATION),
  request_body: many(INVOCATION),
  response_headers: one(INVOCATION),
  response_body: many(INVOCATION),
  plugin_init: one(EXPECTATION),
  stream_init: one(EXPECTATION),
  stream_destroy: one(EXPECTATION),
})
/** In the order of their numbers. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  UNDEFINED: 'info',
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warning',
  ERROR: 'error',
  CRITICAL: 'critical',
}
const ENV = message({
  test_path: one('text'),
  wasm_path: one('text'),
  config_path: one('text'),
  log_level: one(Object.keys(LEVELS)),
  log_path: one('text'),
  time_secs: one('integer'),
  num_additional_streams: one('integer'),
  additional_stream_advance_rate: one('integer'),
})
const SUITE = message({ env: one(ENV), test: many(TEST) })

/** Reads a table; errors name file, line and column, or the test. */
export function loadSuite(file: string): Suite {
  const { env = {}, test: tests = [] } = parseTextMessage(readFileSync(file, 'utf8'), file, SUITE) as RawSuite
  checkTests(file, tests)
  return {
    file,
    logLevel: LEVELS[env.log_level ?? 'UNDEFINED']!,
    timeSeconds: env.time_secs ?? 0,
    configFile: env.config_path === undefined ? null : besideTable(file, env.config_path),
    tests,
  }
}

/** A path of the table: relative to its folder. */
export function besideTable(table: string, path: string): string {
  return resolve(dirname(table), path)
}

function checkTests(file: string, tests: readonly Partial<SuiteTest>[]): void {
  for (const [index, { name = '', ...test }] of tests.entries()) {
    if (name === '') throw new Error(`${file}: test ${index}: seen no name, wanted one`)
    checkChunks(`${file}: test ${name}`, test)
  }
}

function checkChunks(place: string, test: Partial<SuiteTest>): void {
  const { num_chunks: count, chunk_size: size, request_body: requests = [], response_body: responses = [] } = test
  if (count === undefined && size === undefined) return
  if (count !== undefined && size !== undefined) throw new Error(`${place}: seen num_chunks and chunk_size, wanted one of them`)
  if ((count ?? size) === 0) throw new Error(`${place}: seen chunks of 0, wanted at least 1`)
  if (requests.length > 1 || responses.length > 1)
    throw new Error(`${place}: seen several bodies with ${count === undefined ? 'chunk_size' : 'num_chunks'}, wanted one`)
}
