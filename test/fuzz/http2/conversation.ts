/** One random conversation with a server connection, whose owner answers, resets, pauses and forgets at random. */
import { HeaderMap } from '../../../host/http/header-map.ts'
import { RecordedRequest, RecordingServer } from '../../host/http1/recording.ts'
import { http2InMemory, type InMemory } from '../../host/http2/recording.ts'
import type { Dice } from '../http1/messages.ts'
import { OutputCheck, must } from './output-check.ts'
import { RandomClient } from './random-client.ts'

const FRAMES = 24
const NOTHING = Buffer.alloc(0)

/** What came of a conversation. */
export interface Seen {
  readonly frames: number
  readonly requests: number
  readonly answered: number
  readonly goaways: number
}

class RandomOwner extends RecordingServer {
  readonly made: RecordedRequest[] = []
  readonly #dice: Dice
  /** Streams whose response has a head. */
  readonly #begun = new WeakSet<RecordedRequest['stream']>()

  constructor(dice: Dice) {
    super()
    this.#dice = dice
  }

  override newStream(stream: RecordedRequest['stream']): RecordedRequest {
    const request = new RecordedRequest(stream, this)
    this.made.push(request)
    return request
  }

  /** Something happens to a random request. */
  act(): void {
    const dice = this.#dice
    if (this.made.length === 0) return
    const request = dice.pick(this.made)
    if (request.headers.length === 0) return
    const { stream } = request
    switch (dice.roll(8)) {
      case 0:
        return stream.reset(dice.pick(['local_reset', 'protocol_error', 'overflow']))
      case 1:
        return stream.pauseReads()
      case 2:
        return stream.resumeReads()
      case 3:
        return stream.informational(HeaderMap.from([[':status', '103']]))
      case 4:
        return this.#begun.has(stream) ? stream.trailers(HeaderMap.from([['grpc-status', '0']])) : this.#answer(stream)
      default:
        this.#answer(stream)
    }
  }

  #answer(stream: RecordedRequest['stream']): void {
    const dice = this.#dice
    if (!this.#begun.has(stream)) {
      this.#begun.add(stream)
      const isEnd = dice.roll(3) === 0
      const status = dice.pick(['200', '204', '404'])
      return stream.head(
        HeaderMap.from([
          [':status', status],
          ['x-a', 'v'.repeat(dice.roll(dice.roll(200) === 0 ? 40_000 : 40))],
        ]),
        isEnd,
      )
    }
    const length = dice.roll(dice.roll(60) === 0 ? 100_000 : 300)
    stream.data(Buffer.alloc(length, 0x62), 0, length, length === 0 || dice.roll(3) === 0)
  }
}

/** What the client allows, as it says so. */
export function account(check: OutputCheck, bytes: Buffer): void {
  const id = bytes.length >= 9 ? bytes.readUInt32BE(5) & 0x7fffffff : 0
  if (bytes[3] === 8 && bytes.length >= 13) {
    const increment = bytes.readUInt32BE(9) & 0x7fffffff
    if (id === 0) check.connectionAllowed += increment
    else check.added.set(id, (check.added.get(id) ?? 0) + increment)
  }
  // A smaller window counts from the server's next frame on; what was sent before it may be more.
  if (bytes[3] === 4)
    for (let at = 9; at + 6 <= bytes.length; at += 6)
      if (bytes[at + 1] === 4) check.initialWindow = Math.max(check.initialWindow, bytes.readUInt32BE(at + 2))
}

/** Throws when the codec breaks its contract or writes what is not HTTP/2. */
export function converse(dice: Dice): Seen {
  const client = new RandomClient(dice)
  const owner = new RandomOwner(dice)
  const check = new OutputCheck()
  const memory = http2InMemory(owner)
  check.take(memory.exchange(client.opening()))
  let frames = 0
  while (frames < FRAMES && !memory.connection.isGone) {
    const { bytes } = client.next()
    frames++
    account(check, bytes)
    const cut = dice.roll(4) === 0 ? dice.roll(bytes.length + 1) : bytes.length
    check.take(memory.exchange(bytes.subarray(0, cut)))
    if (cut < bytes.length) check.take(memory.exchange(bytes.subarray(cut)))
    for (let i = dice.roll(4); i > 0; i--) owner.act()
    check.take(memory.exchange(NOTHING))
  }
  finish(memory, owner)
  return { frames, requests: owner.requests.length, answered: check.answered, goaways: check.goaways }
}

function finish({ connection, socket }: InMemory, owner: RandomOwner): void {
  connection.close()
  must(connection.activeStreams === 0, 'streams of a closed connection')
  socket.emit('close')
  must(owner.closed === 1, `the owner was told ${owner.closed} times that the connection is gone`)
  // Every stream was told its end: whole, reset by us, or reset by the client.
  for (const request of owner.made) request.stream.data(Buffer.alloc(1), 0, 1, true)
  must(connection.output.length === 0, 'bytes written to a closed connection')
}
