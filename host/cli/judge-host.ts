/** Runs the conformance kit on a host that listens already, and prints what came of it. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AbiVersion } from '../abi/version.ts'
import type { Places } from '../conformance/bootstrap.ts'
import { mismatches } from '../conformance/compare.ts'
import { mountName } from '../conformance/mounts.ts'
import { readRecord } from '../conformance/record.ts'
import { chapterReport, reportJson, reportText, type ChapterReport } from '../conformance/report.ts'
import { runChapter } from '../conformance/run.ts'
import type { Chapter } from '../conformance/scenario.ts'
import { SocketHost } from '../conformance/socket-host.ts'
import { KitUpstream } from '../conformance/upstream.ts'
import { SluiceError } from '../errors.ts'
import { messageOf } from '../util/attempt.ts'
import { EXIT } from './exit-codes.ts'
import type { CommandOutput } from './output.ts'

const ADDRESS = '127.0.0.1'

/** What is asked of the host, and how it is told. */
export interface Judgement {
  readonly chapters: readonly Chapter[]
  readonly versions: readonly AbiVersion[]
  /** Whose known differences do not count; null = each counts. */
  readonly judge: string | null
  /** Calls that end a real Envoy are left out. */
  readonly isSpared: boolean
}

/** Resolves with the exit code: 0 when every row agrees with the record, else 1. */
export async function judgeHost(places: Places, judgement: Judgement, output: CommandOutput): Promise<number> {
  const urls = await reachableMounts(places, judgement)
  const host = new SocketHost(urls, await startUpstream(places), judgement.isSpared, () => Promise.resolve())
  try {
    const reports: ChapterReport[] = []
    for (const chapter of judgement.chapters) {
      const report = await judgeChapter(host, chapter, judgement)
      output.part(reportText(report))
      reports.push(report)
    }
    output.document({ chapters: reports.map(reportJson) })
    return reports.every(({ differing }) => differing.length === 0) ? EXIT.ok : EXIT.failed
  } finally {
    await host.close()
  }
}

async function judgeChapter(host: SocketHost, chapter: Chapter, { versions, judge }: Judgement): Promise<ChapterReport> {
  const rows = await runChapter(host, chapter, versions)
  const seen = mismatches(chapter.name, rows, readRecord(chapter.name), versions)
  return chapterReport(chapter.name, rows.length, seen, judge)
}

/** Addresses of the mount points that are needed; throws for the first one where nothing listens. */
async function reachableMounts({ ports }: Places, { chapters, versions }: Judgement): Promise<Map<string, URL>> {
  const mounts = new Set(chapters.flatMap(({ scenarios }) => scenarios.map(({ mount }) => mount)))
  const needed = [...ports].filter(([point]) => mounts.has(point.mount) && versions.includes(point.version))
  for (const [point, port] of needed) await probe(mountName(point), port)
  return new Map(needed.map(([point, port]) => [mountName(point), new URL(`http://${ADDRESS}:${port}`)]))
}

async function probe(mount: string, port: number): Promise<void> {
  const socket = connect(port, ADDRESS)
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw unreachable(`Cannot reach the guest ${mount}`, `${ADDRESS}:${port}`, cause)
  } finally {
    socket.destroy()
  }
}

async function startUpstream({ upstreamPort, rpcPort, peerPort }: Places): Promise<KitUpstream> {
  try {
    return await KitUpstream.start(upstreamPort, rpcPort, peerPort)
  } catch (cause) {
    const path = [upstreamPort, rpcPort, peerPort].map((port) => `${ADDRESS}:${port}`).join(', ')
    throw unreachable('Cannot listen as the upstream of the host', path, cause)
  }
}

function unreachable(message: string, path: string, cause: unknown): SluiceError {
  const next = 'sluice conformance --print-bootstrap says what listens where'
  return new SluiceError('SLUICE_CONFORMANCE_HOST', message, { path, seen: messageOf(cause), next }, cause)
}
