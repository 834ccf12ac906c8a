/** Tries again what may work a moment later. */
import type { SluiceError } from '../../errors.ts'

/** A fault that another try may cure; `error` is what people see when none did. */
export class TransientFault extends Error {
  readonly error: SluiceError
  /** What `Retry-After` asked for, milliseconds; null = nothing. */
  readonly afterMillis: number | null

  constructor(error: SluiceError, afterMillis: number | null = null) {
    super(error.message, { cause: error })
    this.error = error
    this.afterMillis = afterMillis
  }
}

export interface RetryPolicy {
  readonly wait: (millis: number) => Promise<void>
  /** A registry that asks for a longer pause is given up. */
  readonly maxAfterMillis: number
}

const TRIES = 3
const FIRST_PAUSE = 1000
const GROWTH = 3
/** A tenth more at most: clients that failed together come back apart. */
const JITTER = 0.1

/** Runs `attempt` up to three times, 1 s and 3 s apart, as go-containerregistry does; other faults pass at once. */
export async function retrying<T>(policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (fault) {
      if (!(fault instanceof TransientFault)) throw fault
      const pause = fault.afterMillis ?? FIRST_PAUSE * GROWTH ** (tries - 1)
      if (tries === TRIES || pause > policy.maxAfterMillis) throw fault.error
      await policy.wait(pause * (1 + JITTER * Math.random()))
    }
  }
}

/** Milliseconds that a `Retry-After` means, from now; null when it is absent or cannot be read (RFC 9110, 10.2.3). */
export function retryAfterMillis(text: string | null, nowMillis: number): number | null {
  if (text === null) return null
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - nowMillis)
}
