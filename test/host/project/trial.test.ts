/** What `sluice run` shows: in the harness and in a real Envoy, for every template. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { trialText } from '../../../host/cli/trial-text.ts'
import { TEMPLATE_FOLDER } from '../../../host/project/templates.ts'
import { diffLines } from '../../../host/project/trial/diff-lines.ts'
import { tryInEnvoy } from '../../../host/project/trial/envoy-trial.ts'
import { tryInHarness } from '../../../host/project/trial/harness-trial.ts'
import { chainOfModules } from '../../../host/project/trial/trial-chain.ts'
import type { Trial, TrialInput } from '../../../host/project/trial/trial.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'

const plain = (_: string, text: string): string => text

function linesOf(trial: Trial): string[] {
  return trialText(trial, plain).split('\n')
}

interface Row {
  readonly template: string
  readonly config: object
  readonly clusters?: readonly (readonly [string, number])[]
  readonly body?: string
  readonly header?: readonly [string, string]
  readonly answer?: string
  readonly shows: readonly string[]
}

const ROWS: readonly Row[] = [
  {
    template: 'header',
    config: { header: 'x-a' },
    header: ['x-a', 'forged'],
    shows: ['  - x-a: forged', '  + x-a: yes', '    template_name.requests: +1'],
  },
  {
    template: 'body',
    config: { find: 'secret' },
    answer: 'a secret\n',
    shows: ['  - content-length: 9', '  - a secret', '  + a ***', '    template_name.replaced: +1'],
  },
  {
    template: 'callout',
    config: { cluster: 'auth' },
    clusters: [['auth', 401]],
    shows: ['  + nothing', '  + 403', '    auth: GET /check -> 401', '    template_name.denied: +1'],
  },
  {
    template: 'tcp',
    config: { greeting: 'hello' },
    body: 'hello you',
    shows: ['    hello you', '    template_name.accepted: +1'],
  },
  { template: 'tcp', config: { greeting: 'hello' }, body: 'GET', shows: ['  - GET', '    info: wrong greeting'] },
]

async function inputOf({ template, config, clusters = [], body = '', header, answer = 'hi\n' }: Row): Promise<TrialInput> {
  const module = await sdkGuestModule(join(TEMPLATE_FOLDER, template, 'index.ts'))
  return {
    ...chainOfModules([{ module, name: 'filter', rootId: '', config: JSON.stringify(config) }]),
    clusters: new Map(clusters),
    request: { method: 'GET', path: '/', headers: header === undefined ? [] : [header], body },
    answer: { status: 200, headers: [], body: answer },
  }
}

describe('a trial shows what the filter changes', () => {
  beforeAll(async () => {
    process.env['ENVOY_BIN'] = await fetchEnvoy()
  }, 120_000)

  test.each(ROWS)('$template $config, in the harness and in Envoy', async (row) => {
    const input = await inputOf(row)
    for (const trial of [tryInHarness(input), await tryInEnvoy(input)]) {
      expect(linesOf(trial)).toEqual(expect.arrayContaining([...row.shows]))
    }
  })

  test('a filter that does nothing changes nothing, in both', async () => {
    const input = await inputOf({ template: 'body', config: { find: 'secret' }, answer: '', shows: [] })
    for (const { without, with: seen } of [tryInHarness(input), await tryInEnvoy(input)]) {
      expect({ ...seen, metrics: {} }).toEqual(without)
      expect(without.upstream?.head).toEqual(expect.arrayContaining(['GET /', 'host: example.com']))
    }
  })

  test('a configuration that is refused is told in the words of the filter, by both', async () => {
    const input = await inputOf({ template: 'header', config: { haeder: 'a' }, shows: [] })
    const told = expect.objectContaining({
      detail: expect.objectContaining({ seen: 'configuration refused: haeder: unknown field' }) as unknown,
    })
    expect(() => tryInHarness(input)).toThrow(told)
    await expect(tryInEnvoy(input)).rejects.toThrow(told)
  })
})

describe('diffLines', () => {
  test.each([
    [
      ['a', 'b', 'c'],
      ['a', 'c'],
      [' a', '-b', ' c'],
    ],
    [['a'], ['b'], ['-a', '+b']],
    [[], ['a'], ['+a']],
    [
      ['x', 'a', 'b'],
      ['a', 'b', 'y'],
      ['-x', ' a', ' b', '+y'],
    ],
  ])('%j and %j', (before, after, wanted) => {
    expect(diffLines(before, after).map(({ mark, text }) => `${mark}${text}`)).toEqual(wanted)
  })
})
