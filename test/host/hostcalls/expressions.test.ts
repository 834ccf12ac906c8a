/** What the host refuses of expressions; what they mean is judged by a case table. */
import { describe, expect, test } from 'vitest'
import { inRequestHeaders } from '../plugin/setup.ts'

function createAll(texts: readonly string[]): number[] {
  const statuses: number[] = []
  inRequestHeaders((guest) => {
    for (const text of texts)
      statuses.push(guest.call('proxy_call_foreign_function', ...guest.put('expr_create'), ...guest.put(text), 16, 20))
  })
  return statuses
}

describe('expr_create', () => {
  test('refuses loops in loops, however they are written', () => {
    const inner = '[1].exists(y, y == x)'
    expect(createAll([`[1].all(x, ${inner})`, `[[1]].map(x, x.map(y, y))`, `[1].filter(x, ${inner} || true)`])).toEqual([2, 2, 2])
  })

  test('takes loops after each other and side by side', () => {
    expect(createAll(['[1].map(x, x).filter(x, x > 0)', '[1].all(x, x > 0) && [2].exists(x, x > 1)'])).toEqual([0, 0])
  })

  test('keeps only so many, and none that is too long', () => {
    const many = Array.from({ length: 1025 }, () => '1')
    expect(createAll(many).slice(-2)).toEqual([0, 10])
    expect(createAll([`'${'a'.repeat(20_000)}'`])).toEqual([10])
  })

  test('refuses a text that is nested deeper than any stack', () => {
    expect(createAll(['('.repeat(8000) + '1' + ')'.repeat(8000)])).toEqual([2])
  })
})
