/** Processes of a benchmark: pinned to a core, measured through /proc, always ended. Linux only. */
import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export interface Measured {
  readonly pid: number
  readonly port: number
}

const started: ChildProcess[] = []

/** Starts a program on some cores (`1`, `0,1`); its output goes to `log`. */
export function startPinned(cores: string, command: readonly string[], log: string, env: NodeJS.ProcessEnv = {}): number {
  const output = openSync(log, 'a')
  const child = spawn('taskset', ['-c', cores, ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  })
  started.push(child)
  return child.pid!
}

/** Ends every process that was started here, newest first, and waits for them. */
export async function stopAll(): Promise<void> {
  for (const child of started.splice(0).toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)]
}

/** CPU seconds (user and system) that a process and its children have used. */
export function cpuSeconds(pid: number): number {
  let ticks = 0
  for (const member of treeOf(pid)) {
    const fields = readFileSync(`/proc/${member}/stat`, 'utf8').split(') ')[1]!.split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS_PER_SECOND
}

/** Resident memory of a process and its children in MiB. */
export function residentMegabytes(pid: number): number {
  let kilobytes = 0
  for (const member of treeOf(pid)) {
    kilobytes += Number(/^Rss:\s+(\d+)/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  }
  return kilobytes / 1024
}

/** Waits until something listens on a loopback port; throws after `seconds`. */
export async function untilListening(port: number, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing listens on port ${port} after ${seconds} s`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
