/** A worker of logger.test.ts: logs at every level when asked and answers with what its sink got. */
import { parentPort, workerData } from 'node:worker_threads'
import { attachLoggers, type LoggersHandle } from '../../../host/services/logger.ts'

const port = parentPort!
const written: string[] = []
const loggers = attachLoggers(
  workerData as LoggersHandle,
  1,
  ({ level, component }) => void written.push(`${component} ${level}`),
)
port.on('message', (component: string) => {
  for (let level = 0; level < 6; level++) loggers.get(component).log(level, 'text')
  port.postMessage(written.splice(0))
})
