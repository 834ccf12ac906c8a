/** The program of a prepared thread: loads vitest's runtime and the harness, then does what vitest asks for. */
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

/** What the thread loads. */
export interface PreparedThreadData {
  /** Path of what `vitest/worker` is to the project. */
  readonly runtime: string
  /** URL of what `sluice/testing` is to the project. */
  readonly harness: string
}

const port = parentPort!
const { runtime, harness } = workerData as PreparedThreadData
const { init, runBaseTests, setupEnvironment } = (await import(pathToFileURL(runtime).href)) as typeof import('vitest/worker')
await import(harness)

// Until here messages wait in the port.
init({
  post: (message) => port.postMessage(message),
  on: (listener) => port.on('message', listener),
  off: (listener) => port.off('message', listener),
  teardown: () => port.removeAllListeners('message'),
  runTests: (state, traces) => runBaseTests('run', state, traces),
  collectTests: (state, traces) => runBaseTests('collect', state, traces),
  setup: setupEnvironment,
})
