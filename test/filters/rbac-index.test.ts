/** What the index of rbac's rules finds is what a look at every rule finds: random rules, random requests, a fixed seed. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'
import { Dice } from '../fuzz/http1/messages.ts'
import { shareOf } from '../support/counts.ts'

const wasm = join(import.meta.dirname, '../../filters/dist/rbac.wasm')
const SEED = 20_261_129
const TABLES = 400
const REQUESTS = 100

const HOSTS = ['a.test', 'b.a.test', 'c.b.a.test', 'd.test', 'a.test:81', 'a.test.', '[::1]:8080']
const HOST_VALUES = ['a.test', '*.a.test', '*.test', 'b.*', '*', 'd.test', 'a.test:81', '*:8080', '[::1]']
const SEGMENTS = ['a', 'b', 'cc', 'CC', 'x.css']
const METHODS = ['GET', 'POST', 'PUT', 'GETS']

describe('decisions of rbac by its index and in order', () => {
  test('are the same for random rules and requests', async () => {
    const dice = new Dice(SEED)
    const verdicts = new Set<string>()
    for (let table = 0; table < shareOf(TABLES); table++) {
      const config = {
        case_sensitive: dice.roll(3) > 0,
        policies: policies(dice),
        service_roles: roles(dice),
        service_role_bindings: bindings(dice),
        audit: { log: 'all' },
      }
      const [indexed, inOrder] = [hostOf(config), hostOf({ ...config, explain: true })]
      for (let turn = 0; turn < REQUESTS; turn++) {
        const request = randomRequest(dice)
        const answers = [await ask(indexed, request), await ask(inOrder, request)]
        expect(answers[0], JSON.stringify({ config, request })).toBe(answers[1])
        verdicts.add(answers[0]!.replaceAll(/([pr])\d+/g, '$1'))
      }
      indexed.close()
      inOrder.close()
    }
    expect([...verdicts]).toEqual(
      expect.arrayContaining([
        '200 via_upstream p',
        '200 via_upstream r',
        '403 rbac_access_denied_matched_policy[none] none',
        '403 rbac_access_denied_matched_policy[p] p',
      ]),
    )
  })

  test('hold for ten thousand rules', async () => {
    const rules = Array.from({ length: 10_000 }, (_, i) => ({
      from: [{ source: { not_principals: [`td/ns/a/sa/${i}`] } }],
      to: [{ operation: { hosts: [`h${i % 100}.test`], methods: ['GET'], paths: [`/v1/item${i}`, `/v2/{*}/item${i}`] } }],
    }))
    const host = hostOf({ policies: [{ name: 'p', rules }] })
    expect(await ask(host, { host: 'h99.test', path: '/v1/item9999', method: 'GET' })).toContain('200')
    expect(await ask(host, { host: 'h99.test', path: '/v2/x/item9999', method: 'GET' })).toContain('200')
    expect(await ask(host, { host: 'h98.test', path: '/v1/item9999', method: 'GET' })).toContain('403')
    expect(await ask(host, { host: 'h99.test', path: '/v1/item10000', method: 'GET' })).toContain('403')
    host.close()
  })
})

interface Asked {
  readonly host: string
  readonly path: string
  readonly method: string
}

function hostOf(config: object): TestHost {
  return createTestHost({ filters: [{ wasm, config }] })
}

async function ask(host: TestHost, { host: authority, path, method }: Asked): Promise<string> {
  const response = await host.request({ path, method, headers: { host: authority } })
  const record = host.logs().findLast(({ text }) => text.includes('"policy"'))?.text
  return `${response.status} ${response.details} ${/"policy":"([^"]*)"/.exec(record ?? '')?.[1]}`
}

function some<T>(dice: Dice, make: () => T): T[] {
  return Array.from({ length: 1 + dice.roll(3) }, make)
}

function policies(dice: Dice): object[] {
  return Array.from({ length: 1 + dice.roll(9) }, (_, index) => ({
    name: `p${index}`,
    action: dice.pick(['ALLOW', 'ALLOW', 'DENY']),
    dry_run: dice.roll(8) === 0,
    rules: some(dice, () => rule(dice)),
  }))
}

function rule(dice: Dice): object {
  return {
    ...(dice.roll(40) === 0 ? {} : { to: some(dice, () => ({ operation: operation(dice) })) }),
    ...(dice.roll(4) === 0
      ? {
          from: some(dice, () => ({
            source: { [dice.pick(['not_principals', 'principals', 'principals', 'principals'])]: ['td/*'] },
          })),
        }
      : {}),
  }
}

/** At least one list. */
function operation(dice: Dice): Record<string, string[]> {
  const lists: Record<string, string[]> = {}
  if (dice.roll(2) === 0)
    lists[dice.pick(['hosts', 'hosts', 'hosts', 'hosts', 'not_hosts'])] = some(dice, () => dice.pick(HOST_VALUES))
  if (dice.roll(3) === 0)
    lists[dice.pick(['methods', 'methods', 'methods', 'methods', 'not_methods'])] = some(dice, () =>
      dice.pick(['GET', 'P*', '*S', '*']),
    )
  if (dice.roll(4) > 0 || Object.keys(lists).length === 0) {
    lists[dice.roll(20) === 0 ? 'not_paths' : 'paths'] = some(dice, () => pathValue(dice))
  }
  return lists
}

function pathValue(dice: Dice): string {
  const path = randomPath(dice)
  return dice.pick([
    path,
    path,
    `${path}*`,
    '*.css',
    `${path}/{*}`,
    `/{*}${path}`,
    `${path}/{**}`,
    `/{**}${path}`,
    `/a/{*}${path}/{**}/b`,
  ])
}

function randomPath(dice: Dice): string {
  return `/${some(dice, () => dice.pick(SEGMENTS)).join('/')}`
}

function roles(dice: Dice): object[] {
  return [{ name: 'r1', rules: some(dice, () => ({ services: [dice.pick(HOST_VALUES)], paths: [pathValue(dice)] })) }]
}

function bindings(dice: Dice): object[] {
  return [{ role: 'r1', subjects: [{ user: dice.roll(3) === 0 ? '*' : 'td/ns/a/sa/b' }] }]
}

function randomRequest(dice: Dice): Asked {
  return { host: dice.pick(HOSTS), path: randomPath(dice) + dice.pick(['', '', '/', '?a=/b', '//a']), method: dice.pick(METHODS) }
}
