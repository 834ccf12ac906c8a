/** What all commands share that talk to registries: flags of the transport, opening and closing, words for digests. */
import type { Command } from 'commander'
import type { RegistryAccess } from '../oci/registry/access.ts'
import { openRepository } from '../oci/registry/http-repository.ts'
import type { RegistryPort } from '../oci/registry/port.ts'
import type { PushReport } from '../oci/registry/push.ts'
import type { Reference } from '../oci/registry/reference.ts'

/** The flags after they were read. */
export interface RegistryFlags {
  readonly plainHttp?: boolean
  readonly insecure?: boolean
  readonly caFile?: string
}

export function addRegistryOptions(command: Command): Command {
  return command
    .option('--plain-http', 'speak plain HTTP (default for localhost and loopback addresses)')
    .option('--no-plain-http', 'speak TLS to every host')
    .option('--insecure', 'speak TLS, but judge no certificate')
    .option('--ca-file <file>', 'trust these certificate authorities too, PEM')
}

export function accessOf({ plainHttp, insecure, caFile }: RegistryFlags): RegistryAccess {
  return {
    ...(plainHttp === undefined ? {} : { plainHttp }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(caFile === undefined ? {} : { caFile }),
  }
}

/** Works with a repository and closes its connections, whatever happens. */
export async function withRepository<T>(
  reference: Reference,
  flags: RegistryFlags,
  work: (repository: RegistryPort) => Promise<T>,
): Promise<T> {
  const repository = openRepository(reference, accessOf(flags))
  try {
    return await work(repository)
  } finally {
    await repository.close()
  }
}

/** One line about what a push did. */
export function pushNote({ tags, uploaded, mounted, present }: PushReport, isDryRun: boolean): string {
  const counts = [count(uploaded, 'sent'), count(mounted, 'taken over'), count(present, 'there already')].filter(Boolean)
  const tagText = tags.length === 0 ? 'no tag set' : `tags: ${tags.join(', ')}`
  return `${isDryRun ? 'dry run: ' : ''}${counts.join(', ')}; ${tagText}`
}

function count(digests: readonly string[], what: string): string {
  return digests.length === 0 ? '' : `${digests.length} ${what}`
}
