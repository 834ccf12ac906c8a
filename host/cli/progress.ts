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

/** Shows how much of the content the work has sent and received; null, or a stream that is no terminal: nothing. */
export async function withProgress<T>(stream: ProgressStream | null, work: () => Promise<T>): Promise<T> {
  if (stream?.isTTY !== true) return work()
  let [done, total, shownAt] = [0, 0, 0]
  const show = (): void => {
    shownAt = Date.now()
    stream.write(`${CLEAR_LINE}${lineOf(done, total)}`)
  }
  const stop = watchTraffic({
    onExpected: (count) => {
      total += count
      show()
    },
    onBytes: (count) => {
      done += count
      if (Date.now() - shownAt >= PERIOD_MILLIS) show()
    },
  })
  try {
    return await work()
  } finally {
    stop()
    stream.write(CLEAR_LINE)
  }
}

/** Until the manifest is there nobody knows the total; what is sent again counts once more, answers count, too. */
function lineOf(done: number, total: number): string {
  if (total === 0) return amount(done)
  const share = Math.min(done / total, 1)
  return `${amount(Math.min(done, total))} of ${amount(total)} (${Math.floor(share * 100)} %)`
}

function amount(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}
