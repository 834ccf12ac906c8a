import { afterEach, expect, it } from 'vitest'
import { createSharedHosts, HostFlag, SharedHosts } from '../../../host/services/shared-hosts.ts'

const open: SharedHosts[] = []

afterEach(() => {
  for (const hosts of open.splice(0)) hosts.stop()
})

function setUp() {
  const first = createSharedHosts()
  const other = new SharedHosts(first.handle, 2)
  open.push(first, other)
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
  young!.sendEvent(5)
  expect(heard.slice(2)).toEqual(['old 5'])
})

it('keeps hosts of different clusters apart', () => {
  const { first } = setUp()
  first.host('a', '10.0.0.1:80')!.change(HostFlag.Ejected, 0)
  expect(first.host('b', '10.0.0.1:80')!.hasFlag(HostFlag.Ejected)).toBe(false)
  expect(first.host('a', '10.0.0.1:80')!.hasFlag(HostFlag.Ejected)).toBe(true)
})
