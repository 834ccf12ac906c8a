/** What an answer says in short, and whether it is what a row expects. */
import type { Expected } from './scenario.ts'

/** `200 a`, `301 http://b.test/`, `503 no healthy upstream`, `404`. */
export function summaryOf(lines: readonly string[]): string {
  const status = lines[0]?.split(' ')[1] ?? ''
  const value = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  const rest = value('x-upstream') ?? value('location') ?? lines.slice(1).findLast((line) => !/^[\w-]+: /.test(line))
  return rest === undefined ? status : `${status} ${rest}`
}

/** What the answer lacks of what is expected, in the form in which it is expected. */
export function missing(lines: readonly string[], expected: Expected): string[] {
  const [summary, ...wanted] = typeof expected === 'string' ? [expected] : expected
  const seen = summary.endsWith(' *') ? `${summaryOf(lines).split(' ')[0]} *` : summaryOf(lines)
  const absent = wanted.filter((line) => (line.startsWith('- ') ? hasStart(lines, line.slice(2)) : !lines.includes(line)))
  return seen === summary ? absent : [`${summary} (came: ${seen})`, ...absent]
}

function hasStart(lines: readonly string[], start: string): boolean {
  return lines.some((line) => line.startsWith(start))
}
