/** Secrets come on standard input: arguments are seen by every process of the machine. */
import { text } from 'node:stream/consumers'

/** Standard input to its end, without the line end that `echo` leaves. */
export async function readStandardInput(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
