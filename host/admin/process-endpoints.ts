/** What Envoy's admin tells of its process: memory, and features of Envoy that have nothing to tell here. */
import { jsonResponse, textResponse, type AdminEndpoint } from './endpoint.ts'

export const PROCESS_ENDPOINTS: readonly AdminEndpoint[] = [
  {
    path: '/memory',
    isPost: false,
    help: 'print current allocation/heap usage',
    parameters: {},
    handle: () => jsonResponse(memory()),
  },
  {
    path: '/contention',
    isPost: false,
    help: 'dump current Envoy mutex contention stats (if enabled)',
    parameters: {},
    handle: () => textResponse('Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.'),
  },
  {
    path: '/init_dump',
    isPost: false,
    help: 'dump current Envoy init manager information (experimental)',
    parameters: { mask: 'The desired component to dump unready targets' },
    handle: () => jsonResponse({}),
  },
  {
    path: '/runtime',
    isPost: false,
    help: 'print runtime values',
    parameters: {},
    handle: () => jsonResponse({ entries: {}, layers: [] }),
  },
  {
    path: '/runtime_modify',
    isPost: true,
    help: 'Adds or modifies runtime values as passed in query parameters',
    parameters: {},
    handle: () => textResponse('No admin layer specified', 503),
  },
]

/**
 * `envoy.admin.v3.Memory`, of all threads: what the process holds, and of it what V8 of the main thread has taken. Thread caches
 * and a page heap are tcmalloc's: there is none.
 */
function memory(): object {
  const { heapTotal, heapUsed, external, rss } = process.memoryUsage()
  return {
    allocated: String(heapUsed + external),
    heap_size: String(heapTotal + external),
    pageheap_unmapped: '0',
    pageheap_free: String(heapTotal - heapUsed),
    total_thread_cache: '0',
    total_physical_bytes: String(rss),
  }
}
