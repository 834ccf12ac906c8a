/** Sockets with files, on the real file system. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SocketFile } from '../../../host/proxy/socket-file.ts'

let folder = ''
let path = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-socket-'))
  path = join(folder, 'a.sock')
})

afterEach(() => rmSync(folder, { recursive: true }))

async function bound(mode = 0): Promise<{ server: Server; file: SocketFile }> {
  const server = createServer()
  const file = new SocketFile(server, path)
  await file.bind(mode)
  return { server, file }
}

async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

test('a socket is bound beside its place, has its mode when it comes there, and takes its file with it', async () => {
  const { server, file } = await bound(0o600)
  expect(readdirSync(folder)).toEqual(['a.sock~'])
  file.takePlace()
  expect(readdirSync(folder)).toEqual(['a.sock'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await close(server)
  expect(readdirSync(folder)).toEqual([])
})

test('one that never comes to its place leaves that of another one alone', async () => {
  const first = await bound()
  first.file.takePlace()
  const { ino } = statSync(path)
  const second = await bound()
  await close(second.server)
  expect(statSync(path).ino).toBe(ino)
  await close(first.server)
  expect(readdirSync(folder)).toEqual([])
})

test('one that loses its place leaves that of its successor alone', async () => {
  const first = await bound()
  first.file.takePlace()
  const second = await bound()
  second.file.takePlace()
  await close(first.server)
  expect(readdirSync(folder)).toEqual(['a.sock'])
  await close(second.server)
})

test('files that are no sockets are left alone', async () => {
  writeFileSync(path, '')
  await expect(bound()).rejects.toMatchObject({ code: 'EADDRINUSE' })
  rmSync(path)
  const { server, file } = await bound()
  mkdirSync(path)
  expect(() => file.takePlace()).toThrow(/EISDIR/)
  await close(server)
  expect(readdirSync(folder)).toEqual(['a.sock'])
})
