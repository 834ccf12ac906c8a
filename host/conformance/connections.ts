/** The kit's connections through network filters: the control of a guest, and the moves of a scenario. */
import type { Gate, JudgedHost, KitConnection, KitPeer } from './judge.ts'
import type { MountPoint } from './mounts.ts'
import type { Move } from './scenario.ts'
import { quote } from './script.ts'

/** Time that a move gets to arrive everywhere before the next one. */
const MOVE_MILLIS = 20
/** Steps in which something is waited for. */
const POLL_MILLIS = 5
/** A host that takes longer for an answer hangs. */
const ANSWER_LIMIT = 3000
/** What comes soon or, where a guest holds it, never. */
const ARRIVAL_LIMIT = 500

/** A connection whose moves are over. */
export interface PlayedConnection {
  /** What both ends have seen by now, and gives them up; `upstream` null = no connection arrived. */
  end(): { readonly client: string; readonly upstream: string | null }
}

/** What comes back from a guest that has not heard the line. */
export const UNHEARD = '.'

/**
 * Sends a line to the guest; resolves with what the client got: the guest's answer, or else {@link UNHEARD}. Null = the
 * host did not bring it to its end.
 */
export async function tellGuest(host: JudgedHost, point: MountPoint, line: string): Promise<string | null> {
  const connection = await host.connect(point)
  const isOver = (): boolean => connection.client.state !== 'open'
  connection.client.send(`${line}\n`)
  await until(host, () => isOver() || connection.upstream()?.text.endsWith('\n') === true, ANSWER_LIMIT)
  connection.upstream()?.send(UNHEARD)
  connection.upstream()?.end()
  await until(host, isOver, ANSWER_LIMIT)
  connection.drop()
  return isOver() ? connection.client.text : null
}

/** Holds the next move until the guest has got the bytes of those before, by the end that sent them. */
export type ArrivalGates = Readonly<Record<'client' | 'upstream', Gate>>

/** Plays a scenario's connection. */
export async function playConnection(
  host: JudgedHost,
  point: MountPoint,
  moves: readonly Move[],
  gates: ArrivalGates,
): Promise<PlayedConnection> {
  const connection = await host.connect(point)
  const isOver = (): boolean => connection.client.state !== 'open'
  // Its upstream is told from those of the control connections by the order in which they arrive.
  await until(host, () => connection.upstream() !== null || isOver(), ARRIVAL_LIMIT)
  const sent = { client: 0, upstream: 0 }
  for (const move of moves) {
    const sender = senderOf(move)
    await host.wait(MOVE_MILLIS)
    if ('wait' in move) await host.wait(move.wait)
    else play(connection, move)
    // Bytes of one end that arrive together are one event.
    if (sender !== null && !isOver()) await gates[sender](++sent[sender])
    // So are both ends.
    if ('end' in move) await until(host, () => opposite(connection, move.end)?.state !== 'open', ARRIVAL_LIMIT)
  }
  await host.wait(MOVE_MILLIS)
  const peer = connection.upstream()
  const hasReset = (end: string): boolean => moves.some((move) => 'reset' in move && move.reset === end)
  return {
    end() {
      const client = endText(connection.client, hasReset('client'))
      const upstream = peer === null ? null : endText(peer, hasReset('upstream'))
      connection.drop()
      return { client, upstream }
    },
  }
}

function play({ client, upstream }: KitConnection, move: Exclude<Move, { wait: number }>): void {
  if ('client' in move) return client.send(move.client)
  if ('upstream' in move) return upstream()?.send(move.upstream)
  if ('end' in move) return (move.end === 'client' ? client : upstream())?.end()
  return (move.reset === 'client' ? client : upstream())?.reset()
}

function opposite({ client, upstream }: KitConnection, end: 'client' | 'upstream'): KitPeer | null {
  return end === 'client' ? upstream() : client
}

function senderOf(move: Move): 'client' | 'upstream' | null {
  return 'client' in move ? 'client' : 'upstream' in move ? 'upstream' : null
}

/** Who resets sees nothing of the other end any more. */
function endText({ text, state }: KitPeer, hasReset: boolean): string {
  return hasReset ? quote(text) : `${quote(text)} ${state}`
}

async function until(host: JudgedHost, isSo: () => boolean, limitMillis: number): Promise<void> {
  for (let passed = 0; passed < limitMillis && !isSo(); passed += POLL_MILLIS) await host.wait(POLL_MILLIS)
}
