/** What the tests of statuses share: bodies and headers of a stream, and a place outside of streams to call from. */
import { BodyBuffer } from '../../../host/http/body-buffer.ts'
import { FakeStream } from '../plugin/fakes.ts'
import { type Guest, type Script } from '../plugin/scripted-engine.ts'
import { setUp } from '../plugin/setup.ts'

export function body(text: string): BodyBuffer {
  const buffer = new BodyBuffer()
  for (const part of text.match(/.{1,2}/gs) ?? []) buffer.append(Buffer.from(part))
  return buffer
}

export function textOf(buffer: BodyBuffer): string {
  return Buffer.concat(buffer.chunks).toString()
}

export function withHeaders(...fields: [string, string][]): FakeStream {
  return new FakeStream(fields)
}

/** Runs in the root's tick. */
export function inTick<T>(run: (guest: Guest) => T, more: Script = {}): T {
  let result: T | undefined
  const { services } = setUp({
    ...more,
    proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 10),
    proxy_on_tick: (guest) => void (result = run(guest)),
  })
  services.time.advance(10)
  return result as T
}
