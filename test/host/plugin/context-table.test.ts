import { expect, test } from 'vitest'
import { ContextTable } from '../../../host/plugin/context-table.ts'
import type { Context } from '../../../host/plugin/context.ts'

const context = (id: number): Context => ({ id }) as Context

test('ContextTable begins again when ids are used up, past those that live', () => {
  const table = new ContextTable(2 ** 32 - 3)
  for (const id of [1, 3]) table.add(id, context(id))
  const ids = Array.from({ length: 5 }, () => {
    const id = table.nextId()
    table.add(id, context(id))
    return id
  })
  expect(ids).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 2, 4, 5])
  expect(ids.map((id) => table.get(id)!.id)).toEqual(ids)
})
