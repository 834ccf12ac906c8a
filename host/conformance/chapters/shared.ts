/** Shared data and shared queues. */
import { any, anyBytes, call, fill, into, outside, register, size, text, unique, type Call } from '../script.ts'
import { always, scenario, type Chapter } from '../scenario.ts'
import { AS_ROOT, inEveryPhase, paused } from './common.ts'

const get = (key: string): Call => call('proxy_get_shared_data', key, text, any)
const set = (key: string, value: string, cas: number): Call => call('proxy_set_shared_data', key, value, cas)
const enqueue = (value: string): Call => call('proxy_enqueue_shared_queue', register(0), value)
const dequeue = call('proxy_dequeue_shared_queue', register(0), text)
const registerQueue = (name: string): Call => into(0, call('proxy_register_shared_queue', name, any))

export const shared: Chapter = {
  name: 'shared',
  scenarios: [
    scenario('data', {
      script: {
        request_headers: always([
          get('missing'),
          set('key', 'one', 0),
          into(0, get('key')),
          call('proxy_set_shared_data', 'key', 'two', register(0)),
          call('proxy_set_shared_data', 'key', 'three', register(0)),
          get('key'),
          set('key', '', 0),
          get('key'),
          call('proxy_set_shared_data', unique('new'), 'n', 5),
          call('proxy_get_shared_data', unique('new'), text, any),
          set('', 'empty key', 0),
          get(''),
          call('proxy_set_shared_data', 'large', fill(2_000_000), 0),
          call('proxy_get_shared_data', 'large', size, any),
          call('proxy_set_shared_data', 'large', '', 0),
          set('a\0b', '\x80', 0),
          get('a\0b'),
        ]),
      },
    }),
    inEveryPhase('data-in-every-phase', [set('phase', 'p', 0), get('phase'), get('never'), set('phase', 'q', 1)]),
    scenario('data-addresses', {
      script: {
        request_headers: always([
          set('key', 'value', 0),
          call('proxy_get_shared_data', outside(), 1, anyBytes, any),
          call('proxy_get_shared_data', 'key', outside(), any, any),
          call('proxy_get_shared_data', 'key', any, outside(), any),
          call('proxy_get_shared_data', 'key', any, any, outside()),
          call('proxy_get_shared_data', 'never', outside(), any, any),
          call('proxy_set_shared_data', outside(), 1, 'v', 0),
          call('proxy_set_shared_data', 'key', outside(), 1, 0),
          call('allocator_fails', 1),
          get('key'),
          call('allocator_fails', 0),
        ]),
      },
    }),
    scenario('queue', {
      script: {
        request_headers: always([
          call('proxy_resolve_shared_queue', '', 'nobody', any),
          call('proxy_resolve_shared_queue', 'nobody', 'queue', any),
          registerQueue('queue'),
          dequeue,
          enqueue('one'),
          enqueue(''),
          enqueue('\x00\xff'),
          into(1, call('proxy_resolve_shared_queue', '', 'queue', any)),
          call('proxy_dequeue_shared_queue', register(1), text),
          dequeue,
          dequeue,
          dequeue,
          registerQueue('queue'),
          dequeue,
          call('proxy_enqueue_shared_queue', 999_999, 'x'),
          call('proxy_dequeue_shared_queue', 999_999, text),
          call('proxy_enqueue_shared_queue', 0, 'x'),
          call('proxy_dequeue_shared_queue', -1, text),
        ]),
      },
    }),
    inEveryPhase('queue-in-every-phase', [registerQueue('everywhere'), enqueue('e'), dequeue, dequeue]),
    paused('queue-ready', [AS_ROOT, registerQueue('ready'), enqueue('item')], 'queue_ready', [dequeue, dequeue]),
    scenario('queue-addresses', {
      script: {
        request_headers: always([
          registerQueue('addresses'),
          call('proxy_register_shared_queue', outside(), 1, any),
          call('proxy_register_shared_queue', 'addresses', outside()),
          call('proxy_resolve_shared_queue', outside(), 1, 'q', any),
          call('proxy_resolve_shared_queue', '', outside(), 1, any),
          call('proxy_resolve_shared_queue', '', 'addresses', outside()),
          call('proxy_resolve_shared_queue', '', 'never', outside()),
          call('proxy_enqueue_shared_queue', register(0), outside(), 1),
          call('proxy_enqueue_shared_queue', 999_999, outside(), 1),
          enqueue('x'),
          call('proxy_dequeue_shared_queue', register(0), outside(), any),
          enqueue('y'),
          call('proxy_dequeue_shared_queue', register(0), any, outside()),
          call('proxy_dequeue_shared_queue', 999_999, outside(), any),
          enqueue('z'),
          call('allocator_fails', 1),
          dequeue,
          call('allocator_fails', 0),
          dequeue,
        ]),
      },
    }),
  ],
}
