// All specs in one module; test/sdk/specs.test.ts calls these exports.

import { LogLevel } from '@sluice/sdk'
import { arenaReset } from '@sluice/sdk/abi/arena'
import { logBytes } from '@sluice/sdk/hostcalls/log'
import { nameOf, runBody, specCount } from './support/spec'
import './bytes'
import './containers'
import './headers'
import './json'
import './memory'
import './protobuf'
import './random'
import './text'
import './time'

/** Logs the name of every spec. */
export function tellNames(): void {
  for (let i = 0; i < specCount(); i++) logBytes(LogLevel.Info, nameOf(i))
  arenaReset()
}

/** Runs one; a trap means that it is not true. */
export function runSpec(index: i32): void {
  runBody(index)
}

/** Blocks in use when garbage is gone, in a build with checked memory. */
export function liveBlocks(): u32 {
  __collect()
  return isDefined(checkedLiveBlocks) ? checkedLiveBlocks() : 0
}

/** Blocks handed out so far, in a build with checked memory. */
export function madeBlocks(): u32 {
  return isDefined(checkedMadeBlocks) ? checkedMadeBlocks() : 0
}

/** Bytes handed out so far, in a build with checked memory. */
export function madeBytes(): u32 {
  return isDefined(checkedMadeBytes) ? checkedMadeBytes() : 0
}
