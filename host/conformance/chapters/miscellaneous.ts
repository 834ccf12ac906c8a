/** Logging, time, ticks, contexts, status, and what toolchains import. */
import { any, call, outside, root, self, stream, text, u64 } from '../script.ts'
import { always, inTurn, scenario, type Chapter } from '../scenario.ts'
import { inEveryPhase, NO_TICK, paused, TICK } from './common.ts'

export const miscellaneous: Chapter = {
  name: 'miscellaneous',
  scenarios: [
    inEveryPhase('in-every-phase', [
      call('proxy_log', 0, 'a line of the kit'),
      call('proxy_get_log_level', any),
      call('proxy_get_current_time_nanoseconds', any),
      call('proxy_get_status', any, text),
      call('proxy_set_effective_context', self),
      call('proxy_set_effective_context', 0),
      call('proxy_set_effective_context', 999_999),
      call('proxy_set_effective_context', root),
      call('proxy_get_header_map_value', 0, ':path', text),
      call('proxy_get_status', any, text),
      call('proxy_set_effective_context', stream),
      call('proxy_done'),
      call('proxy_set_tick_period_milliseconds', 0),
      call('pthread_equal', 7, 7),
      call('pthread_equal', 7, 8),
      call('emscripten_notify_memory_growth', 0),
    ]),
    scenario('log', {
      script: {
        request_headers: always([
          ...[0, 1, 2, 3, 4, 5, 6, -1].map((level) => call('proxy_log', level, 'level')),
          call('proxy_log', 2, ''),
          call('proxy_log', 2, 'two\nlines\0and \x80'),
          call('proxy_log', 2, outside(), 1),
          call('proxy_log', 2, 0, -1),
          call('proxy_log', 6, outside(), 1),
        ]),
      },
    }),
    scenario('addresses', {
      script: {
        request_headers: always([
          call('proxy_get_log_level', outside()),
          call('proxy_get_current_time_nanoseconds', outside()),
          call('proxy_get_current_time_nanoseconds', outside(-7)),
          call('proxy_get_status', outside(), any, any),
          call('proxy_get_status', any, outside(), any),
          call('proxy_get_status', any, any, outside()),
        ]),
      },
    }),
    scenario('ticks', {
      script: {
        request_headers: always([TICK], 1),
        tick: inTurn(
          [call('proxy_set_tick_period_milliseconds', 10)],
          [],
          [
            NO_TICK,
            call('proxy_get_header_map_value', 0, ':path', text),
            call('proxy_set_effective_context', stream),
            call('proxy_get_header_map_value', 0, ':path', text),
            call('proxy_continue_stream', 0),
            call('proxy_continue_request'),
          ],
        ),
      },
      waitMillis: 120,
    }),
    scenario('tick-periods', {
      script: {
        request_headers: always([-1, 0x7fffffff, 0].map((millis) => call('proxy_set_tick_period_milliseconds', millis))),
      },
    }),
    paused('done-in-root', [TICK], 'tick', [NO_TICK, call('proxy_done')], { waitMillis: 60 }),
    scenario('memory', {
      script: {
        request_headers: always([
          call('grow_memory', 16),
          call('emscripten_notify_memory_growth', 0),
          call('proxy_get_header_map_value', 0, ':path', text),
          call('proxy_get_current_time_nanoseconds', any),
        ]),
      },
    }),
    scenario('in-malloc', {
      script: {
        request_headers: always([call('proxy_get_header_map_value', 0, ':path', text)]),
        malloc: inTurn([call('proxy_log', 0, 'from malloc'), call('clock_time_get', 0, 0n, any)]),
      },
    }),
    scenario('names', {
      script: {
        request_headers: always([call('envoy_resolve_dns', 'localhost', any), call('envoy_resolve_dns', outside(), 1, any)]),
      },
    }),
    scenario('clocks', {
      script: {
        request_headers: always([
          call('clock_time_get', 0, 0n, any),
          call('clock_time_get', 1, 0n, any),
          call('clock_res_get', 0, u64),
        ]),
      },
    }),
  ],
}
