/** The descriptors of our own .proto files and those that Envoy publishes, for comparing them. */
import { create, createFileRegistry, createRegistry, fromBinary } from '@bufbuild/protobuf'
import type { DescFile, DescMessage, FileRegistry, Registry } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import * as wkt from '@bufbuild/protobuf/wkt'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BootstrapSchema } from '../../host/config/gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import { GrpcServiceSchema } from '../../host/config/gen/envoy/config/core/v3/grpc_service_pb.ts'
import { ANY_TYPES } from '../../host/config/registry.ts'
import { cached } from '../support/cache.ts'

const run = promisify(execFile)
/** The PyPI package that carries Envoy's published API as compiled descriptors; its pinned version. */
const PACKAGE = 'xds-protos'
const VERSION = '1.85.0'
const GOOGLE = 'google.protobuf.'

/** Every message that the host knows: what the bootstrap reaches, and what an `Any` may hold. */
export function ownMessages(): readonly DescMessage[] {
  return reachable([BootstrapSchema, ...[...ANY_TYPES.values()].flat()])
}

/** False for messages of extensions that only this host has: nothing of Envoy can be compared with them. */
export function isEnvoys(desc: DescMessage): boolean {
  return !desc.typeName.startsWith('sluice.')
}

/** What guests hand over as messages of Envoy, beyond the configuration. */
export function guestMessages(): readonly DescMessage[] {
  const own = new Set(ownMessages())
  return reachable([GrpcServiceSchema]).filter((desc) => !own.has(desc))
}

function reachable(roots: readonly DescMessage[]): readonly DescMessage[] {
  const found = new Set<DescMessage>()
  const visit = (desc: DescMessage): void => {
    if (found.has(desc) || desc.typeName.startsWith(GOOGLE)) return
    found.add(desc)
    for (const field of desc.fields) if (field.message !== undefined) visit(field.message)
  }
  roots.forEach(visit)
  return [...found].toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1))
}

/** Everything that our files declare, reached or not. */
export function declaredTypes(): Registry {
  const files = new Set<DescFile>()
  const visit = (file: DescFile): void => {
    if (files.has(file)) return
    files.add(file)
    file.dependencies.forEach(visit)
  }
  ownMessages().forEach((desc) => visit(desc.file))
  return createRegistry(...files)
}

/** Envoy's descriptors, with their validate options; a file comes after those that it imports. */
export async function envoyDescriptors(): Promise<FileRegistry> {
  const folder = await cached(`${PACKAGE}-${VERSION}`, download)
  const set = fromBinary(FileDescriptorSetSchema, await readFile(join(folder, 'descriptors.binpb')))
  const files = new Map(set.file.map((file) => [file.name, file]))
  const sorted = new Set<FileDescriptorProto>()
  const add = (name: string): void => {
    const file = files.get(name) ?? wellKnown(name)
    if (file === undefined) throw new Error(`${PACKAGE} ${VERSION} has no file ${name}`)
    if (sorted.has(file)) return
    file.dependency.forEach(add)
    sorted.add(file)
  }
  for (const desc of [...ownMessages(), ...guestMessages()]) if (isEnvoys(desc)) add(`${desc.file.name}.proto`)
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [...sorted] }))
}

/** Google's own files come with protobuf-es, not with the package. */
function wellKnown(name: string): FileDescriptorProto | undefined {
  const desc = Object.values(wkt).find((value) => isFile(value) && `${value.name}.proto` === name)
  return isFile(desc) ? desc.proto : undefined
}

function isFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file'
}

/** Python unpacks the wheel; the descriptors stand in its modules as bytes literals. */
const EXTRACT = `
import ast, sys, zipfile
def varint(n):
    out = b''
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])
with open(sys.argv[2], 'wb') as target:
    wheel = zipfile.ZipFile(sys.argv[1])
    for name in sorted(n for n in wheel.namelist() if n.endswith('_pb2.py')):
        for node in ast.walk(ast.parse(wheel.read(name))):
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'AddSerializedFile':
                data = node.args[0].value
                target.write(b'\\x0a' + varint(len(data)) + data)
`

async function download(folder: string): Promise<void> {
  const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--dest', folder]
  await run('python3', ['-m', 'pip', 'download', ...options, `${PACKAGE}==${VERSION}`], { timeout: 120_000 })
  const wheel = join(folder, `xds_protos-${VERSION}-py3-none-any.whl`)
  await run('python3', ['-c', EXTRACT, wheel, join(folder, 'descriptors.binpb')], { timeout: 120_000 })
}

/** The comment of every declaration in our files, by full name; made by buf from the sources. */
export async function ownComments(): Promise<ReadonlyMap<string, string>> {
  const folder = join(import.meta.dirname, '../../host/config')
  const buf = join(import.meta.dirname, '../../node_modules/.bin/buf')
  const options = { cwd: folder, encoding: 'buffer', maxBuffer: 1 << 26 } as const
  const { stdout } = await run(buf, ['build', '--output', '-#format=binpb'], options)
  const comments = new Map<string, string>()
  for (const file of fromBinary(FileDescriptorSetSchema, stdout).file) collectComments(file, comments)
  return comments
}

/** Numbers of the lists of declarations in FileDescriptorProto, DescriptorProto and EnumDescriptorProto. */
const FILE_LISTS: Readonly<Record<number, string>> = { 4: 'messageType', 5: 'enumType' }
const MESSAGE_LISTS: Readonly<Record<number, string>> = { 2: 'field', 3: 'nestedType', 4: 'enumType' }
const ENUM_LISTS: Readonly<Record<number, string>> = { 2: 'value' }

function collectComments(file: FileDescriptorProto, comments: Map<string, string>): void {
  if (file.name.startsWith('google/')) return
  for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
    const name = fullName(file, path)
    if (name !== null && leadingComments !== '') comments.set(name, leadingComments.trim())
  }
}

interface Declaration {
  readonly name: string
  readonly [list: string]: unknown
}

/** The name that a path of source code info means; null for what is not a declaration. */
function fullName(file: FileDescriptorProto, path: readonly number[]): string | null {
  let node: Declaration = file as unknown as Declaration
  let lists = FILE_LISTS
  let name = file.package
  for (let i = 0; i + 1 < path.length; i += 2) {
    const list = lists[path[i]!]
    const next = list === undefined ? undefined : (node[list] as Declaration[])[path[i + 1]!]
    if (list === undefined || next === undefined) return null
    name += `.${next.name}`
    lists = list === 'enumType' ? ENUM_LISTS : MESSAGE_LISTS
    node = next
  }
  return path.length % 2 === 0 && path.length > 0 ? name : null
}
