/** What the documents say of the kit, made from the record and the known differences. */
import { HOSTCALLS } from '../../host/abi/hostcalls.ts'
import { ABI_VERSIONS } from '../../host/abi/version.ts'
import { differencesOf, KNOWN_DIFFERENCES } from '../../host/conformance/differences.ts'
import { recordedCalls, type RecordedCall } from './coverage.ts'

/** Callbacks beyond this number are not named one by one. */
const MANY_PHASES = 9

const HEAD = `# Support of the ABI

Every hostcall by status: the versions and callbacks in which a real Envoy 1.40 gave it in the conformance kit, the number of
rows that show it, and how many of them the host (on V8) and the test harness answer in the same way. Differences are on purpose;
[HOST-DIFFERENCES.md](HOST-DIFFERENCES.md) lists them. \`?\` stands for a call that answers nothing.

Made by \`npm run test:conformance -- --record\`; a test holds it against the record.
`

/** The text of docs/ABI-SUPPORT.md. */
export function abiSupportPage(): string {
  const calls = recordedCalls().filter(({ chapter }) => chapter !== 'restricted')
  const byName = Map.groupBy(calls, ({ name }) => name)
  const chapters = [...new Set(HOSTCALLS.map(({ chapter }) => chapter))]
  const sections = chapters.map((chapter) => {
    const names = HOSTCALLS.filter((one) => one.chapter === chapter).map(({ name }) => name)
    return [`## ${chapter}`, '', ...TABLE_HEAD, ...names.flatMap((name) => hostcallLines(name, byName.get(name) ?? [])), ''].join(
      '\n',
    )
  })
  return `${HEAD}\n${sections.join('\n')}`
}

const TABLE_HEAD = ['| hostcall | status | versions | callbacks | rows | host | harness |', '|---|---|---|---|---|---|---|']

function hostcallLines(name: string, calls: readonly RecordedCall[]): string[] {
  const byStatus = [...Map.groupBy(calls, ({ status }) => status)].toSorted(([a], [b]) => a - b)
  return byStatus.map(([status, list]) => {
    const cells = [`\`${name}\``, Number.isNaN(status) ? '?' : status, versionsText(list), phasesText(list), list.length]
    return `| ${[...cells, sameText(list, 'host'), sameText(list, 'harness')].join(' | ')} |`
  })
}

function versionsText(calls: readonly RecordedCall[]): string {
  const versions = ABI_VERSIONS.filter((version) => calls.some((one) => one.version === version))
  return versions.length === ABI_VERSIONS.length ? 'all' : versions.join(', ')
}

function phasesText(calls: readonly RecordedCall[]): string {
  const phases = [...new Set(calls.map(({ phase }) => phase))]
  return phases.length > MANY_PHASES ? `${phases.length} callbacks` : phases.join(', ')
}

function sameText(calls: readonly RecordedCall[], judge: string): string {
  const differing = calls.filter(({ chapter, key }) => differencesOf(judge, chapter).some(({ rows }) => rows.test(key)))
  return differing.length === 0 ? 'all' : `${calls.length - differing.length}`
}

export const DIFFERENCES_HEAD = '| in the kit | Envoy 1.40 | here | why |'

/** The table of known differences in docs/HOST-DIFFERENCES.md. */
export function differencesTable(): string[] {
  return KNOWN_DIFFERENCES.map(({ chapter, envoy, host, why }) => `| ${chapter} | ${envoy} | ${host} | ${why} |`)
}
