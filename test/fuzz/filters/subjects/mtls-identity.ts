import type { Dice } from '../../http1/messages.ts'
import { joinedValue, messageOf, type Message } from '../message.ts'
import type { Subject } from '../subject.ts'

const GATEWAY = 'spiffe://cluster.local/ns/istio-system/sa/gateway'
const IDS = ['spiffe://cluster.local/ns/shop/sa/cart', 'spiffe://cluster.local/ns/shop/sa/a-b_c.d']
const STRANGERS = ['spiffe://cluster.local/ns/bank/sa/x', 'spiffe://other/ns/shop/sa/y', 'spiffe://cluster.local/ns/shop/../bank']
const SPIFFE_ID = /^spiffe:\/\/cluster\.local\/ns\/shop\/(?:[\w.-]+\/)*[\w.-]+$/

export const MTLS_IDENTITY: Subject = {
  name: 'mtls-identity',
  filter: 'mtls-identity',
  config: {
    require_mtls: true,
    trust_domains: ['cluster.local'],
    allowed_ids: ['spiffe://cluster.local/ns/shop/*'],
    trust_xfcc_from: [GATEWAY],
    forward: { header: 'x-peer-id' },
  },
  header: 'x-peer-id',
  connection: { connection: { tls: { certificate: { uriNames: [GATEWAY] } } } },
  message: (dice: Dice) => {
    const far = `By="a,b;URI=${STRANGERS[0]}";Hash=00;URI=${dice.pick(STRANGERS)}`
    const near = `Hash=11;Subject="CN=\\"a\\",O=b;c";${dice.pick(['URI', 'uri'])}=${quoted(dice.pick(IDS), dice)}`
    return messageOf([
      ['x-forwarded-client-cert', dice.roll(2) === 0 ? near : `${far},${near}`],
      ['x-peer-id', dice.pick(STRANGERS)],
    ])
  },
  senders,
}

function quoted(id: string, dice: Dice): string {
  return dice.roll(2) === 0 ? `"${id}"` : id
}

/** The URIs of the last element; a comma in quotes divides nothing, and proxies join several lines by one. */
function senders(message: Message): string[] | null {
  const line = joinedValue(message, 'x-forwarded-client-cert')
  const pieces = line.match(/"(?:\\.|[^"\\])*"|[^"]+|"/g) ?? []
  const marked = pieces
    .map((piece) => (piece.startsWith('"') ? piece.replaceAll(',', '\n').replaceAll(';', '\r') : piece))
    .join('')
  const pairs = marked.split(',').at(-1)!.split(';')
  const uris = pairs.flatMap((pair) => /^uri="?([^"]*)"?$/i.exec(pair)?.[1] ?? [])
  const ids = uris.filter((uri) => SPIFFE_ID.test(uri) && !/\/\.{1,2}(?:\/|$)/.test(uri))
  return ids.length === 0 ? null : ids
}
