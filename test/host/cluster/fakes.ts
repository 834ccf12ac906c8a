/** Test doubles below the cluster: connections that do what the test says. */
import type { ClientConnection, ClientConnectionEvents, ClientStream, ResponseReceiver } from '../../../host/http/codec.ts'
import type { Connector } from '../../../host/cluster/connector.ts'
import type { Timer, Timers } from '../../../host/util/timers.ts'

export class FakeStream implements ClientStream {
  readonly calls: string[] = []
  readonly receiver: ResponseReceiver

  constructor(receiver: ResponseReceiver) {
    this.receiver = receiver
  }

  head(): void {
    this.calls.push('head')
  }
  data(_bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.calls.push(`data ${end - start}${endStream ? ' end' : ''}`)
  }
  trailers(): void {
    this.calls.push('trailers')
  }
  reset(): void {
    this.calls.push('reset')
  }
  pauseReads(): void {
    this.calls.push('pause')
  }
  resumeReads(): void {
    this.calls.push('resume')
  }
}

export class FakeConnection implements ClientConnection {
  readonly address: string
  readonly events: ClientConnectionEvents
  readonly streams: FakeStream[] = []
  isClosed = false

  constructor(address: string, events: ClientConnectionEvents) {
    this.address = address
    this.events = events
  }

  newStream(receiver: ResponseReceiver): ClientStream {
    const stream = new FakeStream(receiver)
    this.streams.push(stream)
    return stream
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.events.onClosed('local_reset', '')
  }
}

export class FakeConnector implements Connector {
  readonly connections: FakeConnection[] = []

  connect(host: string, port: number, events: ClientConnectionEvents): ClientConnection {
    const connection = new FakeConnection(`${host}:${port}`, events)
    this.connections.push(connection)
    return connection
  }
}

/** Timers that fire when the test says so. */
export class FakeTimers implements Timers {
  readonly #armed = new Map<Timer, { millis: number; callback: () => void }>()

  create(callback: () => void): Timer {
    const timer: Timer = {
      arm: (millis) => void this.#armed.set(timer, { millis, callback }),
      disarm: () => void this.#armed.delete(timer),
    }
    return timer
  }

  /** Fires every timer that runs for `millis`. */
  fire(millis: number): void {
    for (const [timer, armed] of Array.from(this.#armed)) {
      if (armed.millis !== millis) continue
      this.#armed.delete(timer)
      armed.callback()
    }
  }
}
