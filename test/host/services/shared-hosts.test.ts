import { afterEach, expect, it } from 'vitest'
import { MAX_PLACES } from '../../../host/services/host-places.ts'
import { createSharedHosts, HostFlag, SharedHosts } from '../../../host/services/shared-hosts.ts'

const open: SharedHosts[] = []

afterEach(() => {
  for (const hosts of open.splice(0)) hosts.stop()
})

function attach(first: SharedHosts, thread: number): SharedHosts {
  const hosts = new SharedHosts(first.handle, thread)
  open.push(hosts)
  return hosts
}

function setUp() {
  const first = createSharedHosts(3)
  const other = attach(first, 2)
  open.push(first)
  return { first, other }
}

it('tells every user of a host, in all threads, of changed flags', async () => {
  const { first, other } = setUp()
  const heard: string[] = []
  const users = [first, first, other].map((hosts, index) => {
    const host = hosts.host('c', '10.0.0.1:80')!
    host.onFlags = () => heard.push(`${index} ${host.flags}`)
    return host
  })
  users[0]!.change(HostFlag.Ejected | HostFlag.Checked, 0)
  expect(heard).toEqual(['0 6', '1 6'])
  await expect.poll(() => heard).toEqual(['0 6', '1 6', '2 6'])
  users[0]!.change(HostFlag.Checked, HostFlag.CheckPassed)
  users[2]!.change(0, HostFlag.Ejected)
  await expect.poll(() => heard.slice(3)).toEqual(['2 4', '0 4', '1 4'])
})

it('sends events to the last user of a thread, and again to the one before when it is released', async () => {
  const { first, other } = setUp()
  const heard: string[] = []
  const [old, young] = ['old', 'young'].map((name) => {
    const host = first.host('c', '10.0.0.1:80')!
    host.onEvent = (event) => heard.push(`${name} ${event}`)
    return host
  })
  old!.sendEvent(3)
  other.host('c', '10.0.0.1:80')!.sendEvent(4)
  await expect.poll(() => heard).toEqual(['young 3', 'young 4'])
  first.release(young!)
  old!.sendEvent(5)
  expect(heard.slice(2)).toEqual(['old 5'])
})

it('keeps hosts of different clusters apart', () => {
  const { first } = setUp()
  first.host('a', '10.0.0.1:80')!.change(HostFlag.Ejected, 0)
  expect(first.host('b', '10.0.0.1:80')!.hasFlag(HostFlag.Ejected)).toBe(false)
  expect(first.host('a', '10.0.0.1:80')!.hasFlag(HostFlag.Ejected)).toBe(true)
})

it('forgets a host that no thread has any more, and keeps it as long as one has', () => {
  const { first, other } = setUp()
  const [a, b, c] = [first.host('c', 'a')!, first.host('c', 'a')!, other.host('c', 'a')!]
  a.change(HostFlag.Ejected, 0)
  a.checkedBy = 7
  first.release(a)
  first.release(a)
  first.release(b)
  expect([other.host('c', 'a')!.flags, c.checkedBy]).toEqual([HostFlag.Ejected, 7])
  for (const host of [c, other.host('c', 'a')!]) other.release(host)
  const left = other.host('c', 'a')!
  expect([left.flags, left.checkedBy]).toEqual([HostFlag.Ejected, 7])
})

it('gives a place to another host only when all have left it', () => {
  const { first, other } = setUp()
  const [a, same] = [first.host('c', 'a')!, other.host('c', 'a')!]
  a.change(HostFlag.Ejected, 0)
  first.release(a)
  expect(first.host('c', 'b')!.number).not.toBe(a.number)
  other.release(same)
  const next = other.host('c', 'c')!
  expect([next.number, next.flags]).toEqual([a.number, 0])
})

it('lets a user that is released keep what it knows, and tell nobody', () => {
  const { first } = setUp()
  const a = first.host('c', 'a')!
  a.change(HostFlag.Checked | HostFlag.CheckPassed, 0)
  a.count(0)
  first.release(a)
  const next = first.host('c', 'b')!
  a.change(HostFlag.Ejected, 0)
  a.sendEvent(1)
  expect([a.number, a.flags, a.count(0)]).toEqual([next.number, 7, 2])
  expect([next.flags, next.take(0)]).toEqual([0, 0])
})

it('brings no news of a host to the next one at its place', async () => {
  const { first, other } = setUp()
  const heard: number[] = []
  const [a, same, far] = [first.host('c', 'a')!, other.host('c', 'a')!, first.host('c', 'z')!]
  same.sendEvent(1)
  other.host('c', 'z')!.sendEvent(2)
  first.release(a)
  other.release(same)
  const next = first.host('c', 'b')!
  next.onEvent = (event) => heard.push(event)
  far.onEvent = (event) => heard.push(event)
  expect(next.number).toBe(a.number)
  await expect.poll(() => heard).toEqual([2])
})

it('has room for a number of hosts, and again when some have gone', () => {
  const { first, other } = setUp()
  const hosts = Array.from({ length: MAX_PLACES }, (_, i) => first.host('c', String(i))!)
  expect(new Set(hosts.map(({ number }) => number)).size).toBe(MAX_PLACES)
  expect([first.host('c', 'one more'), other.host('c', 'one more')]).toEqual([null, null])
  expect(other.host('c', '0')!.number).toBe(hosts[0]!.number)
  for (const host of hosts.slice(0, 1000)) first.release(host)
  const more = Array.from({ length: 999 }, (_, i) => other.host('d', String(i)))
  expect(more.every((host) => host !== null)).toBe(true)
  expect(other.host('d', 'one more')).toBeNull()
})

it('keeps hosts of a thread that has ended until the next of its number has them', () => {
  const { first, other } = setUp()
  const [kept, gone] = ['kept', 'gone'].map((name) => other.host('c', name)!)
  kept!.change(HostFlag.Ejected, 0)
  first.releaseThread(2)
  const next = attach(first, 2)
  expect(next.host('c', 'kept')!.flags).toBe(HostFlag.Ejected)
  expect(next.host('c', 'other')!.number).toBe(3)
  first.replaceThread(2)
  expect(first.host('c', 'kept')!.flags).toBe(HostFlag.Ejected)
  expect(first.host('c', 'again')!.number).toBe(gone!.number)
})
