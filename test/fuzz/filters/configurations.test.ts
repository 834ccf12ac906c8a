/**
 * Mutated configurations of every filter, one after the other in one VM: none traps, none is taken that the filter's schema refuses,
 * none is refused without a reason, and those that are taken bear a request.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { sample } from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { FILTERS, schemaPath } from '../../../filters/index.js'
import { randomConfiguration } from '../../../host/testing/fuzz.ts'
import { root } from '../../../tools/checks/sources.ts'
import { shareOf } from '../../support/counts.ts'
import type { Pairs } from '../../sdk/support/pairs.ts'
import { Dice } from '../http1/messages.ts'
import { FilterInstance } from './filter-instance.ts'
import { mutatedConfiguration, parsed } from './mutated-configuration.ts'

const CONFIGURATIONS = shareOf(Math.ceil(1_000_000 / FILTERS.length))
/** Configurations by schema and example; mutations begin with those that the filter takes, later with mutated ones that it took. */
const SEEDS = 1000
/** Larger ones are not mutated further. */
const MOST_BYTES = 4096

const NAMES = [
  'authorization',
  'cookie',
  'x-api-key',
  'x-forwarded-for',
  'x-forwarded-client-cert',
  'x-a',
  'signature',
  'content-type',
]
const VALUES = [
  '',
  'Basic dTpw',
  'Bearer a.b.c',
  'k=v; k=w',
  '10.0.0.1, ::1',
  'By=a;URI=spiffe://td/a',
  'application/grpc',
  'a=:AA==:',
]

interface Example {
  readonly configuration: object
  /** Variables of the VM. */
  readonly environment: Readonly<Record<string, string>>
}

/** What the filter's example has. */
function exampleOf(filter: string): Example {
  const { typed_config } = parse(readFileSync(join(root, 'filters', filter, 'example.yaml'), 'utf8')) as {
    typed_config: {
      config: {
        vm_config: { environment_variables?: { key_values: Record<string, string> } }
        configuration: { value: string }
      }
    }
  }
  const { vm_config, configuration } = typed_config.config
  const environment = vm_config.environment_variables?.key_values ?? {}
  return { configuration: JSON.parse(configuration.value) as object, environment }
}

function requestOf(dice: Dice): Pairs {
  const fields = Array.from({ length: dice.roll(4) }, () => [dice.pick(NAMES), dice.pick(VALUES)] as const)
  const path = dice.pick(['/', '/a?k=v', '/%2e/../b;c', '*'])
  return [[':method', dice.pick(['GET', 'POST'])], [':path', path], [':authority', 'a.test'], ...fields]
}

test.each(FILTERS)('%s bears mutated configurations', { timeout: 600_000 }, (filter) => {
  const schema = JSON.parse(readFileSync(schemaPath(filter), 'utf8')) as object
  const isValid = new Ajv2020({ strict: false }).compile(schema)
  const { configuration, environment } = exampleOf(filter)
  const described = randomConfiguration(schema, [configuration])
  const seeds = sample(described, { numRuns: SEEDS, seed: 1 }).map((one) => Buffer.from(one))
  const instance = new FilterInstance(filter, environment)
  const dice = new Dice(5)
  const pool: Buffer[] = seeds.filter((config) => instance.accepts(config, []) && config.length > 0)
  let accepted = 0
  for (let i = 0; i < CONFIGURATIONS; i++) {
    const config = mutatedConfiguration(pool, dice)
    const told = (): string => `${filter}, ${JSON.stringify(config.toString('latin1'))}`
    if (!verdict(instance, config, requestOf(dice), told)) continue
    accepted++
    if (config.length > 0 && !isValid(parsed(config))) throw new Error(`taken: ${told()}: ${isValid.errors?.[0]?.message}`)
    if (config.length < MOST_BYTES) pool[dice.roll(pool.length)] = config
  }
  expect(accepted).toBeGreaterThan(CONFIGURATIONS / 20)
})

function verdict(instance: FilterInstance, config: Buffer, request: Pairs, told: () => string): boolean {
  try {
    return instance.accepts(config, request)
  } catch (error) {
    throw new Error(`${told()}, ${JSON.stringify(request)}: ${String(error)}`, { cause: error })
  }
}
