/** Ends a program with the test process that started it, also when that one is killed. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/** Waits for a line; instead of it the pipe ends when whoever holds its other end is gone. */
const WATCH = 'read -r line || kill -9 "$0"'

/** A shell watches from a session of its own, which no signal to the test's process group reaches. */
export function endWithThisProcess(child: ChildProcess): void {
  if (child.pid === undefined) return
  const watcher = spawn('sh', ['-c', WATCH, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const pipe = watcher.stdin as Socket
  watcher.unref()
  pipe.unref()
  child.once('exit', () => pipe.end('ended\n'))
}
