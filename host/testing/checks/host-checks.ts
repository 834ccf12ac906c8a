/** Checks of what guests leave with the host: lines, metrics, traps. */
import type { TestHost } from '../test-host.ts'
import { showPattern, showText, type Finding, type TextPattern } from './finding.ts'

/** Lines that a failed check shows. */
const SHOWN_LINES = 5

/** A guest has logged a line with the text, or one that matches. */
export function checkLogged(host: TestHost, wanted: TextPattern): Finding {
  return findLine(
    'guest log',
    wanted,
    host.logs().map(({ text }) => text),
  )
}

/** Value of a guest's counter or gauge, number of samples of a histogram; 0 for a metric that nobody has defined. */
export function checkCounted(host: TestHost, name: string, wanted: number): Finding {
  const value = host.metrics()[name] ?? 0
  const seen = typeof value === 'number' ? value : value.count
  return { ok: seen === wanted, subject: `metric ${name}`, wanted: String(wanted), seen: String(seen) }
}

/** A guest has trapped; the text is looked for in the backtrace, which names places as `filter.ts:12`. */
export function checkTrapped(host: TestHost, wanted: TextPattern = ''): Finding {
  return findLine('traps', wanted, host.traps())
}

function findLine(subject: string, wanted: TextPattern, lines: readonly string[]): Finding {
  const ok = lines.some((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line)))
  const last = lines.slice(-SHOWN_LINES).map(showText).join(', ')
  return {
    ok,
    subject,
    wanted: `a line with ${showPattern(wanted)}`,
    seen: `${lines.length} lines${last === '' ? '' : `: ${last}`}`,
  }
}
