import { expect, test } from 'vitest'
import { randomUuid } from '../../../host/util/uuid.ts'

test('randomUuid gives different UUIDs of version 4', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    const uuid = randomUuid()
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    seen.add(uuid)
  }
  expect(seen.size).toBe(2000)
})
