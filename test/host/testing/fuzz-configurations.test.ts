/** Random configurations: for filters that fail in ways a test must find, and for the suite's filters, which bear all. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { sample } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { FILTERS } from '../../../filters/index.js'
import { fuzzConfiguration, randomConfiguration } from '../../../host/testing/fuzz.ts'
import { createTestHost } from '../../../host/testing/index.ts'
import { root } from '../../../tools/checks/sources.ts'
import { shareOf } from '../../support/counts.ts'
import { guest } from '../vm/wat.ts'

/** Runs per filter. */
const RUNS = shareOf(1200)
const schemaOf = (filter: string): object =>
  JSON.parse(readFileSync(join(root, 'filters', filter, 'schema.json'), 'utf8')) as object

/** The configuration in the filter's example. */
function exampleOf(filter: string): object {
  const { typed_config } = parse(readFileSync(join(root, 'filters', filter, 'example.yaml'), 'utf8')) as {
    typed_config: { config: { configuration: { value: string } } }
  }
  return JSON.parse(typed_config.config.configuration.value) as object
}

/** The value of a text, or undefined for one that is no JSON. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

describe('randomConfiguration', () => {
  test.each(FILTERS)('of %s makes valid ones, ones with a fault, and ones that are no JSON', (filter) => {
    const schema = schemaOf(filter)
    const isValid = new Ajv2020({ strict: false }).compile(schema)
    const values = sample(randomConfiguration(schema), { numRuns: 500, seed: 1 }).map(parsed)
    const valid = values.filter((value) => value !== undefined && isValid(value)).length
    const spoiled = values.filter((value) => value === undefined).length
    expect([valid, spoiled, values.length - valid - spoiled].map((count) => count > 30)).toEqual([true, true, true])
  })

  test('follows choices, references, constants and limits', () => {
    const schema = {
      type: 'object',
      required: ['kind'],
      properties: { kind: { $ref: '#/$defs/kind' }, next: { $ref: '#' } },
      anyOf: [{ properties: { size: { type: 'integer', minimum: 3, maximum: 3 } }, required: ['size'] }, {}],
      maxProperties: 2,
      $defs: { kind: { enum: ['a', 'b'] } },
    }
    const isValid = new Ajv2020({ strict: false }).compile(schema)
    const values = sample(randomConfiguration(schema), { numRuns: 300, seed: 2 }).map(parsed)
    expect(values.filter((value) => value !== undefined && isValid(value)).length).toBeGreaterThan(90)
    expect(values.some((value) => (value as { size?: number } | undefined)?.size === 3)).toBe(true)
  })

  test('refuses a reference that leads nowhere', () => {
    expect(() => randomConfiguration({ $ref: '#/$defs/no' })).toThrow('Bad schema: seen the reference #/$defs/no')
  })
})

/** A filter whose on_configure does something with the size of its configuration. */
function configuring(body: string): Uint8Array {
  return guest(`(func (export "proxy_on_configure") (param $context i32) (param $size i32) (result i32) ${body})`)
}

/** The message of the failure. */
async function failureOf(wasm: Uint8Array): Promise<string> {
  const schema = { type: 'object', properties: { name: { type: 'string' } } }
  return fuzzConfiguration({ filters: [{ wasm }] }, { schema }).then(
    () => 'none',
    (error: Error) => error.message,
  )
}

describe('fuzzConfiguration', () => {
  test('finds a trap, shrinks its configuration, and prints a line that repeats it', async () => {
    const wasm = configuring('(if (i32.gt_u (local.get $size) (i32.const 6)) (then unreachable)) (i32.const 1)')
    const message = await failureOf(wasm)
    expect(message).toContain('Function: proxy_on_configure failed')
    expect(message).toMatch(/with the smallest configuration: .{1,40}\n {2}and requests: /)
    expect(message).toMatch(/replay: SLUICE_FUZZ_REPLAY=1:[\d:]+$/)
  })

  test('finds a refusal without a reason', async () => {
    expect(await failureOf(configuring('(i32.eqz (local.get $size))'))).toContain('Refused without a line in the log')
  })

  test('finds a trap of a filter that was accepted', async () => {
    const wasm = guest('(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable)')
    expect(await failureOf(wasm)).toContain('Function: proxy_on_request_headers failed')
  })

  test.each(FILTERS)('%s bears them, and accepts none that its schema refuses', async (filter) => {
    const schema = schemaOf(filter)
    const isValid = new Ajv2020({ strict: false }).compile(schema)
    const seen = { accepted: 0, refused: 0 }
    await fuzzConfiguration(
      { filters: [{ wasm: join(root, 'filters/dist', `${filter}.wasm`) }] },
      {
        schema,
        examples: [exampleOf(filter)],
        runs: RUNS,
        check: ({ config, isAccepted }) => {
          seen[isAccepted ? 'accepted' : 'refused']++
          if (isAccepted && config.length > 0) expect(isValid(parsed(config)), String(isValid.errors?.[0]?.message)).toBe(true)
        },
      },
    )
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(RUNS / 20)
  })
})

test('a trap while a host starts says where', () => {
  const wasm = configuring('unreachable')
  expect(() => createTestHost({ filters: [{ wasm }] })).toThrow(
    /Failed to configure base Wasm plugin: Function: proxy_on_configure failed/,
  )
})
