import { BlockList, isIP } from 'node:net'
import type { Dice } from '../../http1/messages.ts'
import { linesOf, messageOf, type Message } from '../message.ts'
import type { Subject } from '../subject.ts'

const PEER = '10.0.0.1'
const ENTRIES = ['203.0.9.1', '203.0.9.2:80', '2001:db8::1', '[2001:db8::2]:443', '::ffff:203.0.9.3', '198.51.100.7']
const trusted = rangesOf([['10.0.0.0', 24]])
const denied = rangesOf([['203.0.113.0', 24]])
const allowed = rangesOf([
  ['203.0.0.0', 16],
  ['2001:db8::', 32],
])

export const IP_RESTRICTION: readonly Subject[] = [subject('by addresses', {}), subject('by hops', { xff_num_trusted_hops: 1 })]

function rangesOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [address, bits] of ranges) list.addSubnet(address, bits, familyOf(address))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

function subject(name: string, hops: object): Subject {
  const isCounted = 'xff_num_trusted_hops' in hops
  return {
    name: `ip-restriction, ${name}`,
    filter: 'ip-restriction',
    config: {
      client_ip: { source: 'xff', trusted_cidrs: ['10.0.0.0/24'], ...hops },
      deny: ['203.0.113.0/24'],
      allow: ['203.0.0.0/16', '2001:db8::/32'],
    },
    connection: { connection: { remoteAddress: `${PEER}:4711` } },
    message: (dice: Dice) => {
      const client = dice.pick(ENTRIES.slice(0, -1))
      return messageOf([['x-forwarded-for', `${dice.pick(ENTRIES)}, 203.0.113.9, ${client}, 10.0.0.7`]])
    },
    senders: (message) => {
      const client = isCounted ? countedClient(message) : nearestStranger(message)
      const family = familyOf(client)
      return allowed.check(client, family) && !denied.check(client, family) ? [] : null
    },
  }
}

/** From the nearest hop on; what stands behind one that is no address does not count. */
function hopsOf(message: Message): string[] {
  const entries = linesOf(message, 'x-forwarded-for')
    .flatMap((line) => line.split(','))
    .toReversed()
  const hops = entries.map(addressIn)
  return [PEER, ...hops.slice(0, hops.includes('') ? hops.indexOf('') : hops.length)]
}

/** The last that is not trusted, or the farthest. */
function nearestStranger(message: Message): string {
  const hops = hopsOf(message)
  return hops.find((hop) => !trusted.check(hop, familyOf(hop))) ?? hops.at(-1)!
}

/** The one behind the last entry; of fewer the peer, of a list that cannot be read the nearest one that can. */
function countedClient(message: Message): string {
  const hops = hopsOf(message)
  const entries = linesOf(message, 'x-forwarded-for').flatMap((line) => line.split(','))
  if (hops.length > 2) return hops[2]!
  return hops.length - 1 === entries.length ? PEER : hops.at(-1)!
}

/** Empty for one that is none. */
function addressIn(entry: string): string {
  const text = entry.trim()
  const [, bracketed, plain = text] = /^\[(.*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(text) ?? []
  const address = (bracketed ?? plain).replace(/%.*$/, '')
  return isIP(address) === 0 || (bracketed !== undefined && isIP(address) === 4) ? '' : address
}
