/** Programs of Debian packages (tools/ci-packages.txt). */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of a program on PATH; rejects with the package to install. */
export async function debianProgram(name: string, debianPackage = name): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return join(folder, name)
    } catch {
      continue
    }
  }
  throw new Error(`no ${name} on PATH: apt-get install ${debianPackage}`)
}
