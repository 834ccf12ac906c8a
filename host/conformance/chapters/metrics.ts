/** Counters, gauges and histograms. */
import { any, call, into, kind, outside, register, u64, unique, type Call } from '../script.ts'
import { always, scenario, type Chapter } from '../scenario.ts'
import { inEveryPhase } from './common.ts'

const define = (type: number, name: string, index: number): Call =>
  into(index, call('proxy_define_metric', type, unique(name), kind))
const increment = (index: number, delta: bigint): Call => call('proxy_increment_metric', register(index), delta)
const record = (index: number, value: bigint): Call => call('proxy_record_metric', register(index), value)
const get = (index: number): Call => call('proxy_get_metric', register(index), u64)

export const metrics: Chapter = {
  name: 'metrics',
  scenarios: [
    scenario('counter', {
      script: {
        request_headers: always([
          define(0, 'kit_counter', 0),
          get(0),
          increment(0, 1n),
          increment(0, 41n),
          get(0),
          increment(0, 0n),
          increment(0, -1n),
          get(0),
          record(0, 8n),
          get(0),
          define(0, 'kit_counter', 1),
          get(1),
        ]),
      },
    }),
    scenario('gauge', {
      script: {
        request_headers: always([
          define(1, 'kit_gauge', 0),
          get(0),
          record(0, 10n),
          get(0),
          increment(0, 5n),
          increment(0, -3n),
          increment(0, 0n),
          get(0),
          record(0, 0n),
          increment(0, -11n),
          get(0),
          record(0, 0n),
          get(0),
        ]),
      },
    }),
    scenario('histogram', {
      script: {
        request_headers: always([define(2, 'kit_histogram', 0), record(0, 7n), increment(0, 1n), increment(0, -1n), get(0)]),
      },
    }),
    scenario('names', {
      script: {
        request_headers: always([
          ...['', 'a b', '\x80'].map((name) => call('proxy_define_metric', 0, name, kind)),
          define(1, 'kit_counter', 0),
          ...[3, -1].map((type) => call('proxy_define_metric', type, 'odd', kind)),
        ]),
      },
    }),
    scenario('unknown', {
      script: {
        request_headers: always(
          [0, 400_000, 400_001, 400_002, 400_003, -1].flatMap((id) => [
            call('proxy_increment_metric', id, 1n),
            call('proxy_record_metric', id, 1n),
            call('proxy_get_metric', id, u64),
          ]),
        ),
      },
    }),
    inEveryPhase('in-every-phase', [define(1, 'kit_phase', 0), record(0, 3n), increment(0, 1n), get(0)]),
    scenario('addresses', {
      script: {
        request_headers: always([
          define(0, 'kit_address', 0),
          call('proxy_define_metric', 0, outside(), 1, any),
          call('proxy_define_metric', 0, 'n', outside()),
          call('proxy_define_metric', 3, outside(), 1, any),
          call('proxy_get_metric', register(0), outside()),
          call('proxy_get_metric', register(0), outside(-7)),
          call('proxy_get_metric', 400_000, outside()),
        ]),
      },
    }),
  ],
}
