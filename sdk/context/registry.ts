import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { forgetCalloutsOf } from "../hostcalls/http-callout";
import { readProperty } from "../hostcalls/properties";
import { Context } from "./context";
import { HttpContext } from "./http-context";
import { IdTable } from "./id-table";
import { RootContext } from "./root-context";

/** Makes the root context of a plugin. */
export type RootFactory = (id: u32) => RootContext;

// @ts-ignore: decorator
@final
class Registration {
  constructor(readonly rootId: OwnedBytes, readonly factory: RootFactory) {}
}

const registrations: Array<Registration> = [];
const contexts: IdTable<Context> = new IdTable<Context>();

/**
 * Tells the SDK how to make root contexts; called at the top level of `index.ts`.
 *
 * With `rootId` the factory serves plugins of that `root_id`, without it all others. A
 * module that registers one default factory never asks for the root id.
 */
export function registerRoot(factory: RootFactory, rootId: Bytes = Bytes.absent): void {
  registrations.push(new Registration(rootId.toOwned(), factory));
}

/** The context of an id, or null. */
export function contextOf(id: u32): Context | null {
  return contexts.get(id);
}

/** The root context of an id, or null. */
export function rootOf(id: u32): RootContext | null {
  const context = contexts.get(id);
  return context !== null && context.isRoot ? changetype<RootContext>(context) : null;
}

/** The stream context of an id, or null. */
export function streamOf(id: u32): HttpContext | null {
  const context = contexts.get(id);
  return context === null || context.isRoot ? null : changetype<HttpContext>(context);
}

/** Makes a context; a second creation of the same id and an unknown parent are ignored. */
export function createContext(id: u32, parentId: u32): void {
  if (!id || contexts.get(id) !== null) return;
  if (!parentId) return createRoot(id);
  const root = rootOf(parentId);
  if (root !== null) contexts.set(id, root.createHttpContext(id));
}

/** Drops a context and the callouts it waits for. */
export function deleteContext(context: Context): void {
  if (context.pendingCallouts) forgetCalloutsOf(context.id);
  contexts.delete(context.id);
}

function createRoot(id: u32): void {
  const registration = selectRegistration();
  if (registration !== null) contexts.set(id, registration.factory(id));
}

function selectRegistration(): Registration | null {
  const count = registrations.length;
  if (count == 1 && registrations[0].rootId.view.isAbsent) return registrations[0];
  const rootId = readProperty(utf8("plugin_root_id"));
  let fallback: Registration | null = null;
  for (let i = 0; i < count; i++) {
    const wanted = registrations[i].rootId.view;
    if (wanted.isAbsent) fallback = registrations[i];
    else if (wanted.equals(rootId)) return registrations[i];
  }
  return fallback;
}
