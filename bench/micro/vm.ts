/**
 * What a VM costs beside its callbacks: a hostcall that does next to nothing, the start of a VM whose module is compiled,
 * and its memory. `node --expose-gc bench/micro/vm.ts [ENGINE]`
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VmRegistry } from '../../host/plugin/vm-registry.ts'
import { fakeServices, FakeStream, pluginConfig } from '../../test/host/plugin/fakes.ts'
import { guest } from '../../test/host/vm/wat.ts'
import { compileGuest } from '../compile-guest.ts'
import { calibration, scaledMicros } from './calibrate.ts'
import { measure } from './measure.ts'

/** Empty = the default. */
const runtime = process.argv[2] ?? ''

const CALLS = 1000
const VMS = 200

const unit = calibration()
console.log(`calibration: ${unit.toFixed(1)} ns for seven plain calls`)

/** Nanoseconds of one `proxy_get_log_level`: a loop of them in the guest, gas on. */
function hostcallNanos(): number {
  const code = guest(
    `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $i i32)
      (loop $l (drop (call $level (i32.const 16)))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${CALLS}))))
      (i32.const 0))`,
    '(import "env" "proxy_get_log_level" (func $level (param i32) (result i32)))',
  )
  const plugin = new VmRegistry({ services: fakeServices() }).start(pluginConfig(code, { runtime }))
  const context = plugin.openStream(new FakeStream())
  if (typeof context === 'string') throw new Error('the plugin failed')
  return measure(() => context.onRequestHeaders(0, true), 20) / CALLS
}

const code = readFileSync(compileGuest('header', 'sdk', mkdtempSync(join(tmpdir(), 'sluice-bench-'))))

/** A plugin in a VM of its own; the thread has compiled the module before. */
function start(): unknown {
  return new VmRegistry({ services: fakeServices() }).start(pluginConfig(code, { runtime }))
}

function collect(): void {
  globalThis.gc?.()
}

function memoryPerVm(): number {
  const kept: unknown[] = [start()]
  collect()
  const before = process.memoryUsage().rss
  for (let i = 0; i < VMS; i++) kept.push(start())
  collect()
  const used = process.memoryUsage().rss - before
  if (kept.length !== VMS + 1) throw new Error('a VM was lost')
  return used / VMS
}

const hostcall = hostcallNanos()
console.log(`hostcall: ${hostcall.toFixed(1)} ns`)
const started = measure(start, 20)
console.log(`start of a VM and its plugin: ${(started / 1000).toFixed(0)} us, ${scaledMicros(started, unit)}`)
console.log(`resident memory of a VM: ${(memoryPerVm() / 1024).toFixed(0)} KiB`)
