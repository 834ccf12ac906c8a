import { describe, expect, test } from 'vitest'
import { IdTable } from '../../../host/util/id-table.ts'

interface Entry {
  readonly id: number
}

describe.each([1, 2] as const)('IdTable of ids with a distance of %i', (spacing) => {
  test('finds what lives and nothing else, whatever comes and goes', () => {
    const table = new IdTable<Entry>(spacing, 16)
    const model = new Map<number, Entry>()
    let seed = 42
    const random = (below: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below
    let id = 1
    for (let step = 0; step < 5000; step++) {
      const live = [...model.keys()]
      if (live.length === 0 || random(live.length < 150 ? 3 : 2) !== 0) {
        const added = { id }
        table.add(id, added)
        model.set(id, added)
        id += spacing
      } else {
        const gone = live[random(live.length)]!
        table.delete(gone)
        model.delete(gone)
      }
      expect(table.size).toBe(model.size)
      const asked = 1 + random(id + 3)
      expect(table.get(asked)).toBe(model.get(asked))
    }
    expect(table.all()).toEqual([...model.values()])
  })

  test('ignores the end of an unknown id', () => {
    const table = new IdTable<Entry>(spacing, 16)
    table.add(1, { id: 1 })
    table.delete(1 + 16 * spacing)
    expect(table.size).toBe(1)
    expect(table.get(1)).toEqual({ id: 1 })
  })
})

test('IdTable keeps nothing of an entry that has gone, whatever was put in its slot', () => {
  const table = new IdTable<Entry>(1, 16)
  for (const id of [1, 17, 33]) table.add(id, { id })
  table.delete(17)
  expect([1, 17, 33].map((id) => table.get(id)?.id)).toEqual([1, undefined, 33])
  expect(table.size).toBe(2)
})
