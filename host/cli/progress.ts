/** How far an upload or download is: a line on a terminal, which is gone at the end. */
import { watchTraffic } from '../oci/registry/traffic.ts'

/** Where the line goes. */
export interface ProgressStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** As often as a person can follow. */
const PERIOD_MILLIS = 100
const CLEAR_LINE = '\r\u001b[K'
const UNITS = ['bytes', 'kB', 'MB', 'GB']

/** Shows what the work sends and receives; null, or a stream that is no terminal: nothing. */
export async function withProgress<T>(stream: ProgressStream | null, work: () => Promise<T>): Promise<T> {
  if (stream?.isTTY !== true) return work()
  let [sent, received, shownAt] = [0, 0, 0]
  const stop = watchTraffic({
    onBytes: (out, inwards) => {
      sent += out
      received += inwards
      if (Date.now() - shownAt < PERIOD_MILLIS) return
      shownAt = Date.now()
      stream.write(`${CLEAR_LINE}${amount(sent)} sent, ${amount(received)} received`)
    },
  })
  try {
    return await work()
  } finally {
    stop()
    stream.write(CLEAR_LINE)
  }
}

function amount(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}
