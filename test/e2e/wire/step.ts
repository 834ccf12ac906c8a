/** What one side of a connection does, in order: byte strings are written, numbers are pauses in milliseconds. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** `FIN` ends the own side, `RESET` cuts the connection. */
export type Step = string | number | { readonly end: 'FIN' | 'RESET' }

export const FIN: Step = { end: 'FIN' }
export const RESET: Step = { end: 'RESET' }

/** Plays the steps as far as the socket lives. */
export async function play(socket: Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return
    if (typeof step === 'number') await sleep(step)
    else if (typeof step === 'string') socket.write(step, 'latin1')
    else if (step.end === 'FIN') socket.end()
    else socket.resetAndDestroy()
  }
}
