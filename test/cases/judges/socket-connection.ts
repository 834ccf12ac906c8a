/** Plays one connection against a proxy on sockets. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDuration } from '../../../host/testing/duration.ts'
import { TcpPeer, type TcpUpstream } from '../../../host/conformance/tcp-peer.ts'
import type { SeenConnection } from '../../../host/testing/cases/observation.ts'
import type { ConnectionStep, ConnectionMove } from '../../../host/testing/cases/table.ts'
import { textBytes } from '../../../host/testing/cases/text.ts'

/** Time that one move gets to arrive everywhere before the next one. */
const GAP = 60
/** An upstream that is not connected by then will not be. */
const CONNECT_LIMIT = 2000

/** `logLine` finds `[flags, reason]` of the connection from our port. */
export async function playConnection(
  step: ConnectionStep,
  port: number,
  upstream: TcpUpstream,
  logLine: (localPort: number) => Promise<readonly [string, string] | null>,
): Promise<SeenConnection> {
  const number = upstream.peers.length
  const client = await TcpPeer.dial(port)
  const localPort = client.socket.localPort ?? 0
  await sleep(GAP)
  for (const move of step.script) {
    await play(move, client, () => upstream.peer(number, CONNECT_LIMIT))
    await sleep(GAP)
  }
  const peer = upstream.peers[number] ?? null
  const seen = { client: client.text, clientEnd: client.state, upstream: peer?.text ?? null, upstreamEnd: peer?.state ?? null }
  client.destroy()
  peer?.destroy()
  const line = step.expect?.flags === undefined && step.expect?.reason === undefined ? null : await logLine(localPort)
  return { ...seen, flags: line?.[0] ?? null, reason: line?.[1] ?? null }
}

async function play(move: ConnectionMove, client: TcpPeer, upstream: () => Promise<TcpPeer | null>): Promise<void> {
  if ('wait' in move) return void (await sleep(parseDuration(move.wait)))
  if ('client' in move) return client.send(textBytes(move.client))
  if ('upstream' in move) return (await upstream())?.send(textBytes(move.upstream))
  const [who, kind] = 'end' in move ? [move.end, 'end' as const] : [move.reset, 'reset' as const]
  const peer = who === 'client' ? client : await upstream()
  peer?.[kind]()
}
