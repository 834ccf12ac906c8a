import { describe, expect, test } from 'vitest'
import { allSplits, createTestHost, forAllSplits, splitBody, type ChunkPlan } from '../../../host/testing/index.ts'
import { demoModules } from '../../cases/demo.ts'

const wasm = (await demoModules())('demo')
const texts = (chunks: Iterable<Buffer>): string[] => [...chunks].map(String)

describe('splitBody', () => {
  test.each<[ChunkPlan, string[]]>([
    [{ size: 3 }, ['abc', 'def', 'g']],
    [{ size: 100 }, ['abcdefg']],
    [{ count: 2 }, ['abcd', 'efg']],
    [{ count: 100 }, ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    [{ at: [5, 1] }, ['a', 'bcde', 'fg']],
    [{ at: [0, 7] }, ['abcdefg']],
  ])('by %j', (plan, parts) => {
    expect(texts(splitBody('abcdefg', plan))).toEqual(parts)
  })

  test('dice fall the same way for the same seed, and keep the bytes', () => {
    const ways = Array.from({ length: 50 }, (_, seed) => texts(splitBody('abcdefg', { seed })).join('|'))
    expect(ways).toEqual(ways.map((_, seed) => texts(splitBody('abcdefg', { seed })).join('|')))
    expect(new Set(ways).size).toBeGreaterThan(20)
    expect(new Set(ways.map((way) => way.replaceAll('|', '')))).toEqual(new Set(['abcdefg']))
  })

  test('a plan without parts is refused', () => {
    expect(() => splitBody('a', { count: 0 })).toThrow('seen count 0, wanted 1 or more')
  })
})

describe('allSplits', () => {
  test('one cut at each place', () => {
    expect([...allSplits('abc')].map(texts)).toEqual([['abc'], ['a', 'bc'], ['ab', 'c']])
  })

  test('two cuts at each pair of places', () => {
    const ways = [...allSplits('abcdef', 2)].map((parts) => texts(parts).join('|'))
    expect([ways.length, new Set(ways).size]).toEqual([16, 16])
  })

  test('an error names the cut', async () => {
    const check = (chunks: Buffer[]): void => {
      if (chunks.length === 2 && chunks[0]!.length === 2) throw new Error('lost a byte')
    }
    await expect(forAllSplits('abcd', check)).rejects.toThrow('With the body in parts of 2 + 2 bytes: lost a byte')
  })
})

test('a body may be cut without being sent chunked, on both ways', async () => {
  const host = createTestHost({ filters: [{ wasm, config: 'demo' }], transcript: true })
  const upstream = { body: 'answer', split: { size: 2 } }
  const response = await host.request({ method: 'POST', body: 'question', split: { size: 5 }, upstream })
  expect([response.text, response.header('content-length')]).toEqual(['answer', '6'])
  expect(response.upstream[0]).toMatchObject({ text: 'question' })
  expect(response.upstream[0]?.header('content-length')).toBe('8')
})
