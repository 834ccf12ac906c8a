/** Group every filter exports: ABI marker, allocator, birth and death of contexts. */

import { arenaAllocate } from "../abi/arena";
import { BufferType } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { enterCallback, leaveCallback } from "../context/callback";
import { contextOf, createContext, deleteContext, rootOf } from "../context/registry";
import { RootContext } from "../context/root-context";
import { StreamContext } from "../context/stream-context";
import { StreamState } from "../context/stream-state";
import { readBuffer } from "../hostcalls/buffers";
import { forgetLogLevel } from "../hostcalls/log";

/** Marks the module as ABI 0.2.1; never called. */
export function proxy_abi_version_0_2_1(): void {}

/**
 * Allocator the host calls, mostly while one of our hostcalls runs. Never allocates
 * managed memory and never calls the host. 0 refuses.
 */
export function malloc(size: usize): usize {
  return arenaAllocate(size);
}

/** A root context (parent 0) or a stream context begins. */
export function proxy_on_context_create(id: u32, parentId: u32): void {
  enterCallback(id);
  createContext(id, parentId);
  leaveCallback();
}

/** The VM starts; 0 refuses. */
export function proxy_on_vm_start(id: u32, size: u32): u32 {
  enterCallback(id);
  const root = rootOf(id);
  const accepted = root !== null && root.onVmStart(configuration(BufferType.VmConfiguration, size));
  leaveCallback();
  return accepted;
}

/** The plugin is configured; 0 refuses. */
export function proxy_on_configure(id: u32, size: u32): u32 {
  enterCallback(id);
  forgetLogLevel();
  const root = rootOf(id);
  const accepted = root !== null
    && root.onConfigure(configuration(BufferType.PluginConfiguration, size));
  leaveCallback();
  return accepted;
}

function configuration(buffer: BufferType, size: u32): Bytes {
  return size ? readBuffer(buffer, 0, size) : Bytes.empty;
}

/** A context is about to end; 0 makes a root context wait for `done`. */
export function proxy_on_done(id: u32): u32 {
  enterCallback(id);
  const context = contextOf(id);
  let finished = true;
  if (context !== null) {
    if (context.isRoot) finished = changetype<RootContext>(context).onDone();
    else finishStream(changetype<StreamContext>(context));
  }
  leaveCallback();
  return finished;
}

function finishStream(stream: StreamContext): void {
  stream.state |= StreamState.Ended;
  stream.onDone();
}

/** A context is gone. */
export function proxy_on_delete(id: u32): void {
  enterCallback(id);
  const context = contextOf(id);
  if (context !== null) {
    if (context.isRoot) changetype<RootContext>(context).onDelete();
    else deleteStream(changetype<StreamContext>(context));
    deleteContext(context);
  }
  leaveCallback();
}

function deleteStream(stream: StreamContext): void {
  stream.state |= StreamState.Ended;
  stream.onDelete();
}
