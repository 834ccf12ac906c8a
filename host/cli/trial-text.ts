/** A trial for people: what the filter changes, marked as in a diff. */
import { diffLines, type DiffLine } from '../project/trial/diff-lines.ts'
import type { Seen, SeenMessage, Trial } from '../project/trial/trial.ts'
import type { Paint } from './output.ts'

export type Painter = (paint: Paint, text: string) => string

const PAINT: Readonly<Record<DiffLine['mark'], Paint>> = { '+': 'green', '-': 'red', ' ': 'dim' }

/** Lines that are the same with and without the filter are marked with a blank, others with + and -. */
export function trialText({ without, with: seen }: Trial, paint: Painter): string {
  const sections = [
    section('what the upstream gets', messageDiff(without.upstream, seen.upstream), paint),
    section('what the client gets', messageDiff(without.client, seen.client), paint),
    list('calls', seen.callouts, paint),
    list('log', logLines(seen), paint),
    list('metrics', metricLines(seen), paint),
  ]
  return sections.filter((text) => text !== '').join('\n')
}

function section(title: string, lines: readonly DiffLine[], paint: Painter): string {
  const text = lines.map(({ mark, text: line }) => paint(PAINT[mark], `${mark} ${line}`.trimEnd()))
  return [paint('bold', title), ...text.map((line) => `  ${line}`)].join('\n')
}

function list(title: string, lines: readonly string[], paint: Painter): string {
  return lines.length === 0 ? '' : [paint('bold', title), ...lines.map((line) => `    ${line}`)].join('\n')
}

function messageDiff(before: SeenMessage | null, after: SeenMessage | null): DiffLine[] {
  return diffLines(messageLines(before), messageLines(after))
}

function messageLines(message: SeenMessage | null): string[] {
  if (message === null) return ['nothing']
  const { head, body } = message
  const bodyLines = body === '' ? [] : body.replace(/\n$/, '').split('\n')
  return [...head, ...(head.length > 0 && bodyLines.length > 0 ? [''] : []), ...bodyLines]
}

function logLines({ logs }: Seen): string[] {
  return logs.map(({ level, text }) => `${level}: ${text}`)
}

function metricLines({ metrics }: Seen): string[] {
  return Object.entries(metrics).map(([name, value]) => `${name}: ${value > 0 ? '+' : ''}${value}`)
}
