/** docs/BEHAVIOURS.md and the case tables: each promise has a case that runs in every judge, or a test that says why it is none. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadTable } from '../../host/testing/cases/load-table.ts'
import { JUDGE_NAMES, type Case, type JudgeName, type Table } from '../../host/testing/cases/table.ts'
import { root } from '../../tools/checks/sources.ts'

/** How many promises each family has at least. */
const FAMILIES = { CV: 10, JWT: 20, TI: 3, BA: 5, AK: 5, HM: 6, RB: 10, EA: 6, AA: 10, OI: 5, IP: 4, ID: 4 }
/** What the runner says of a case that waits longer than sockets should. */
const CLOCK = 'clock'

interface Promised {
  readonly id: string
  readonly meaning: string
  readonly heldBy: string
}

const page = readFileSync(join(root, 'docs/BEHAVIOURS.md'), 'utf8')
const promises: Promised[] = [...page.matchAll(/^\| ([A-Z]+-\d+) \| (.+?) \| (.+) \|$/gm)].map(([, id, meaning, heldBy]) => ({
  id: id!,
  meaning: meaning!,
  heldBy: heldBy!,
}))
const tables = new Map(
  readdirSync(join(root, 'filters'))
    .filter((name) => existsSync(join(root, 'filters', name, 'cases.yaml')))
    .map((name): [string, Table] => [name, loadTable(join(root, 'filters', name, 'cases.yaml'))]),
)

/** The cases of each entry in code marks: `filter` has cases named like the promise, `filter: A B` has those. */
function casesOf({ id, heldBy }: Promised): { readonly place: string; readonly cases: readonly Case[] }[] {
  return [...heldBy.matchAll(/`([\w-]+)(?:: ([^`]+))?`/g)].map(([place, filter, named]) => {
    const cases = tables.get(filter!)?.cases ?? []
    const names = named?.split(' ')
    return { place, cases: cases.filter((one) => names?.includes(one.id) ?? isOf(one, id)) }
  })
}

/** Whether a case has the name of the promise, or one with a letter behind it. */
function isOf(one: Case, id: string): boolean {
  return one.id.startsWith(id) && /^[a-z]?$/.test(one.id.slice(id.length))
}

function judgesOf(cases: readonly Case[]): JudgeName[] {
  return JUDGE_NAMES.filter((judge) => cases.some(({ skips }) => skips[judge] === undefined))
}

test('docs/BEHAVIOURS.md has every promise of every family, once', () => {
  const wanted = Object.entries(FAMILIES).flatMap(([family, count]) =>
    Array.from({ length: count }, (_, index) => `${family}-${index + 1}`),
  )
  const listed = promises.map(({ id }) => id)
  expect(wanted.filter((id) => !listed.includes(id))).toEqual([])
  expect(new Set(listed).size).toBe(listed.length)
})

describe.each(promises)('$id: $meaning', (promised) => {
  test('is held by cases in every judge, or by a test that says why it is none', () => {
    const places = casesOf(promised)
    const tests = [...promised.heldBy.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, path]) => path!)
    expect(places.length + tests.length).toBeGreaterThan(0)
    for (const { place, cases } of places) expect(judgesOf(cases), place).toEqual([...JUDGE_NAMES])
    for (const path of tests) expect(existsSync(join(root, path)), path).toBe(true)
    if (tests.length > 0) expect(promised.heldBy).toMatch(/\): [^,;]+, as /)
  })

  test('has no case named that is not there', () => {
    const named = [...promised.heldBy.matchAll(/`([\w-]+): ([^`]+)`/g)].flatMap(([, filter, ids]) =>
      ids!.split(' ').map((id) => [filter!, id] as const),
    )
    expect(named.filter(([filter, id]) => !tables.get(filter)?.cases.some((one) => one.id === id))).toEqual([])
  })
})

test('what depends on the time runs in all judges', () => {
  const alone = [...tables].flatMap(([filter, { cases }]) =>
    cases
      .filter(({ skips }) => Object.values(skips).includes(CLOCK))
      .filter(({ id }) => judgesOf(cases.filter((other) => familyOf(other.id) === familyOf(id))).length < JUDGE_NAMES.length)
      .map(({ id }) => `${filter} ${id}`),
  )
  expect(alone).toEqual([])
})

/** `JWT-3` of `JWT-3b`. */
function familyOf(id: string): string {
  return id.replace(/[a-z]$/, '')
}
