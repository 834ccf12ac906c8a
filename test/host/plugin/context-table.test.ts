import { expect, test } from 'vitest'
import { ContextTable } from '../../../host/plugin/context-table.ts'
import type { Context } from '../../../host/plugin/context.ts'

const context = (id: number): Context => ({ id }) as Context

test('ContextTable finds what lives and nothing else, whatever comes and goes', () => {
  const table = new ContextTable()
  const model = new Map<number, Context>()
  let seed = 42
  const random = (below: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below
  let id = 0
  for (let step = 0; step < 20_000; step++) {
    const live = [...model.keys()]
    if (live.length === 0 || random(live.length < 150 ? 3 : 2) !== 0) {
      const added = context(++id)
      table.add(added)
      model.set(id, added)
    } else {
      const gone = live[random(live.length)]!
      table.delete(gone)
      model.delete(gone)
    }
    expect(table.size).toBe(model.size)
    const asked = 1 + random(id + 3)
    expect(table.get(asked)).toBe(model.get(asked))
  }
  expect(table.all().toSorted((a, b) => a.id - b.id)).toEqual([...model.values()])
})

test('ContextTable ignores the end of an unknown id', () => {
  const table = new ContextTable()
  table.add(context(1))
  table.delete(65)
  expect(table.size).toBe(1)
  expect(table.get(1)!.id).toBe(1)
})

test('ContextTable begins again when ids are used up, past those that live', () => {
  const table = new ContextTable(2 ** 32 - 3)
  for (const id of [1, 3]) table.add(context(id))
  const ids = Array.from({ length: 5 }, () => {
    const id = table.nextId()
    table.add(context(id))
    return id
  })
  expect(ids).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 2, 4, 5])
  expect(ids.map((id) => table.get(id)!.id)).toEqual(ids)
})
