import type { MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import { NameInquiries } from '../../../host/cluster/name-inquiries.ts'
import { openNames, RemoteNames } from '../../../host/cluster/name-ports.ts'
import type { NameQuestion, NameSource } from '../../../host/cluster/name-source.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { clusterConfig, FakeTimers, startOfRange } from './fakes.ts'

const REFRESH = 5000
const QUESTION: NameQuestion = {
  cluster: 'c',
  identity: '1',
  statName: 'c',
  names: ['a.test', 'b.test'],
  config: { ...clusterConfig().dns, family: 'V4_ONLY', refreshRate: REFRESH },
}
const ports: MessagePort[] = []

afterEach(() => {
  for (const port of ports.splice(0)) port.close()
})

/** `known`: the address of each name; a name without one cannot be looked up. */
function setUp(known: Record<string, string> = { 'a.test': '10.0.0.1', 'b.test': '10.0.0.2' }) {
  const looked: string[] = []
  const lookup: Lookup = async (name) => {
    looked.push(name)
    if (known[name] === undefined) throw new Error('SERVFAIL')
    return [{ address: known[name], ttl: 0 }]
  }
  const timers = new FakeTimers()
  const lookups = new NameInquiries({ lookup, stats: createStatsStore({ writers: 1 }), timers, random: startOfRange })
  const remote = (): { names: NameSource; port: MessagePort } => {
    const port = openNames(lookups)
    ports.push(port)
    return { names: new RemoteNames(port), port }
  }
  return { known, looked, timers, lookups, remote }
}

/** What a follower hears, `0 10.0.0.1`. */
function follow(names: NameSource, question = QUESTION): { heard: string[]; end: () => void } {
  const heard: string[] = []
  return { heard, end: names.follow(question, (place, addresses) => heard.push(`${place} ${String(addresses)}`)) }
}

const threeTimes = <T>(one: T): T[] => [one, one, one]

describe('names of clusters', () => {
  it('are looked up once for all threads, which all hear every answer', async () => {
    const { known, looked, timers, lookups, remote } = setUp()
    const heard = [lookups, remote().names, remote().names].map((names) => follow(names).heard)
    await expect.poll(() => heard).toEqual(threeTimes(['0 10.0.0.1', '1 10.0.0.2']))
    expect(looked).toEqual(['a.test', 'b.test'])
    known['b.test'] = '10.0.0.3'
    timers.fire(REFRESH)
    await expect.poll(() => heard.map((one) => one.slice(2))).toEqual(threeTimes(['0 10.0.0.1', '1 10.0.0.3']))
  })

  it('are known at once to a thread that follows later, as they were last found', async () => {
    const { known, looked, timers, remote } = setUp()
    const first = follow(remote().names)
    await expect.poll(() => first.heard.length).toBe(2)
    delete known['a.test']
    timers.fire(REFRESH)
    await expect.poll(() => first.heard.length).toBe(3)
    const later = follow(remote().names)
    await expect.poll(() => later.heard).toEqual(['0 10.0.0.1', '1 10.0.0.2'])
    expect(looked.length).toBe(4)
  })

  it('of which nothing is known are told as such, once', async () => {
    const { timers, lookups } = setUp({ 'b.test': '10.0.0.2' })
    const { heard } = follow(lookups)
    await expect.poll(() => heard.toSorted()).toEqual(['0 null', '1 10.0.0.2'])
    timers.fire(REFRESH)
    await expect.poll(() => heard.slice(2)).toEqual(['1 10.0.0.2'])
    expect(follow(lookups).heard).toEqual(['0 null', '1 10.0.0.2'])
  })

  it('are looked up for each cluster, and anew for one that has changed', async () => {
    const { looked, lookups } = setUp()
    follow(lookups)
    follow(lookups, { ...QUESTION, identity: '2' })
    follow(lookups, { ...QUESTION, cluster: 'd' })
    expect(looked.length).toBe(6)
  })

  it('are looked up until nobody follows them: the last one ends, or its thread does', async () => {
    const { looked, timers, remote } = setUp()
    const [first, second] = [remote(), remote()]
    const { heard, end } = follow(first.names)
    const { heard: other } = follow(second.names)
    await expect.poll(() => [heard.length, other.length]).toEqual([2, 2])
    end()
    timers.fire(REFRESH)
    await expect.poll(() => other.length).toBe(4)
    expect([heard.length, looked.length]).toEqual([2, 4])
    second.port.close()
    const newLookUps = async (): Promise<number> => {
      const before = looked.length
      timers.fire(REFRESH)
      await new Promise(setImmediate)
      return looked.length - before
    }
    await expect.poll(newLookUps).toBe(0)
  })
})
