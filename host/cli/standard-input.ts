/** Secrets come on standard input: arguments are seen by every process of the machine. */
import { SluiceError } from '../errors.ts'

/** A password is short: something else was piped in. */
const MAX_PASSWORD = 65_536

/** The password on standard input; one line end at its end is not part of it. Throws SLUICE_CLI_USAGE when there is none. */
export async function readPassword(): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin) {
    parts.push(part as Buffer)
    length += (part as Buffer).length
    if (length > MAX_PASSWORD) break
  }
  const password = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password !== '' && length <= MAX_PASSWORD) return password
  throw new SluiceError('SLUICE_CLI_USAGE', 'No password on standard input', { wanted: `1 to ${MAX_PASSWORD} bytes` })
}
