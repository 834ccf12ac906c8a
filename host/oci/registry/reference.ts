/** References to images as people write them: `[oci://]registry/repository[:tag][@digest]`, by Docker's rules. */
import { SluiceError } from '../../errors.ts'
import { isDigest } from '../digest.ts'

/** One image, or one repository when neither tag nor digest is set. */
export interface Reference {
  /** `host[:port]` as credentials are kept under; `docker.io` for Docker Hub. */
  readonly registry: string
  /** Path below the registry: `library/nginx`. */
  readonly repository: string
  readonly tag: string | null
  readonly digest: string | null
}

export const DEFAULT_TAG = 'latest'

/** Docker Hub has one name for people and others for the protocol. */
/** Docker Hub, as references name it. */
export const DOCKER_HUB = 'docker.io'
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'])
const DOCKER_HUB_ENDPOINT = 'registry-1.docker.io'

const SCHEME = 'oci://'
const HOST =
  /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]{1,5})?$/
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`)
const TAG = /^\w[\w.-]{0,127}$/
/** Of registry and repository together (distribution-spec, "Pulling manifests"). */
const MAX_NAME = 255
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/

/** Reads a reference. Throws `SLUICE_REGISTRY_REFERENCE`; `place` names where it stands: a flag, a configuration field. */
export function parseReference(text: string, place = 'reference'): Reference {
  const refuse = (wanted: string): SluiceError =>
    new SluiceError('SLUICE_REGISTRY_REFERENCE', 'Not a reference to an image', { path: place, seen: `"${text}"`, wanted })
  const named = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : text
  if (named.includes('://')) throw refuse('no scheme, or oci://')
  const at = named.indexOf('@')
  const digest = at < 0 ? null : named.slice(at + 1)
  if (digest !== null && !isDigest(digest)) throw refuse('a digest sha256:… of 64 lower-case hex digits after the @')
  const rest = at < 0 ? named : named.slice(0, at)
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1)
  // Without a slash a colon may only begin a tag: `localhost:5000` is the image `localhost` with the tag `5000`.
  const tag = colon < 0 ? null : rest.slice(colon + 1)
  if (tag !== null && !TAG.test(tag)) throw refuse('a tag of at most 128 letters, digits, _, . and -')
  const { registry, repository } = splitName(colon < 0 ? rest : rest.slice(0, colon))
  if (!HOST.test(registry)) throw refuse('a registry host[:port]')
  if (!PATH.test(repository)) throw refuse('a repository in lower case: registry/folder/name')
  if (registry.length + repository.length + 1 > MAX_NAME) throw refuse(`a name of at most ${MAX_NAME} characters`)
  return { registry, repository, tag, digest }
}

/** Reads `host[:port]`, with or without a scheme and a path. Throws `SLUICE_REGISTRY_REFERENCE`. */
export function parseRegistry(text: string): string {
  const host = text.replace(/^(?:https?|oci):\/\//, '').replace(/\/.*$/, '')
  if (HOST.test(host)) return canonicalRegistry(host)
  throw new SluiceError('SLUICE_REGISTRY_REFERENCE', 'Not a registry', { seen: `"${text}"`, wanted: 'host[:port]' })
}

/** The first part is a registry when it cannot be part of a path: it has a dot, a colon or a capital, or is `localhost`. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const isRegistry = first === 'localhost' || /[.:A-Z]/.test(first)
  const registry = isRegistry ? canonicalRegistry(first) : DOCKER_HUB
  const repository = isRegistry ? name.slice(slash + 1) : name
  const isOfficial = registry === DOCKER_HUB && !repository.includes('/')
  return { registry, repository: isOfficial ? `library/${repository}` : repository }
}

/** One name for each registry: Docker Hub has several. */
export function canonicalRegistry(host: string): string {
  return DOCKER_HUB_ALIASES.has(host) ? DOCKER_HUB : host
}

/** The host that speaks for a registry. */
export function endpointHost(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_ENDPOINT : registry
}

/** True for this machine's own addresses, where plain HTTP is what people mean. */
export function isLoopback(registry: string): boolean {
  return LOOPBACK.test(registry)
}

/** Registry and repository. */
export function nameText({ registry, repository }: Reference): string {
  return `${registry}/${repository}`
}

/** The whole reference, complete: nothing is left to defaults. */
export function referenceText(reference: Reference): string {
  const { tag, digest } = reference
  return `${nameText(reference)}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`
}

/** What a manifest is asked by: the digest if there is one, else the tag, else `latest`. */
export function manifestKey({ tag, digest }: Reference): string {
  return digest ?? tag ?? DEFAULT_TAG
}

/** The name and digest that pin an image. */
export function pinned(reference: Reference, digest: string): string {
  return `${nameText(reference)}@${digest}`
}
