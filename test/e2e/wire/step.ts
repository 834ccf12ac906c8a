/** What one side of a connection does, in order: byte strings are written, numbers are pauses in milliseconds. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * `FIN` ends the own side, `RESET` cuts the connection; `heard` waits for a text of the other side, `reached` until a text
 * has come through the proxy.
 */
export type Step = string | number | { readonly end: 'FIN' | 'RESET' } | { readonly heard: string } | { readonly reached: string }

/** Resolves when the text was heard, or when it is not worth to wait any longer. */
export type Ear = (text: string) => Promise<void>

export const FIN: Step = { end: 'FIN' }
export const RESET: Step = { end: 'RESET' }

/** A step that needs no guess how long the other side takes. */
export function heard(text: string): Step {
  return { heard: text }
}

/** A step of a client that waits until the upstream has got a text. */
export function reached(text: string): Step {
  return { reached: text }
}

const NOBODY: Ear = () => Promise.reject(new Error('nobody tells this side what has come through the proxy'))

/** Plays the steps as far as the socket lives; `beyond` hears at the other end of the proxy. */
export async function play(socket: Socket, steps: readonly Step[], ear: Ear, beyond = NOBODY): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return
    if (typeof step === 'number') await sleep(step)
    else if (typeof step === 'string') socket.write(step, 'latin1')
    else if ('heard' in step) await ear(step.heard)
    else if ('reached' in step) await beyond(step.reached)
    else if (step.end === 'FIN') socket.end()
    else socket.resetAndDestroy()
  }
}
