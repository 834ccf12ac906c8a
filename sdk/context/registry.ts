import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { die } from "../hostcalls/log";
import { readProperty } from "../hostcalls/properties";
import { IS_BUNDLE, composition } from "./composition";
import { Context } from "./context";
import { EntryTable } from "./entry-table";
import { HttpContext } from "./http-context";
import { abandonPending } from "./pending";
import { RootContext } from "./root-context";
import { StreamContext } from "./stream-context";
import { StreamState } from "./stream-state";
import { TcpContext } from "./tcp-context";

/** Makes the root context of a plugin. */
export type RootFactory = (id: u32) => RootContext;

/** A factory for plugins of one root id. */
// @ts-ignore: decorator
@final
class NamedRoot {
  constructor(
    readonly rootId: OwnedBytes,
    readonly factory: RootFactory,
    readonly next: NamedRoot | null,
  ) {}
}

const contexts: EntryTable = new EntryTable();
let defaultRoot: RootFactory | null = null;
// @ts-ignore: decorator
@lazy
let namedRoots: NamedRoot | null = null;
let selectRoot: (() => RootFactory | null) | null = null;
let connectionMaker: ConnectionMaker | null = null;

/** Makes the context of a connection; null = it is an HTTP stream. */
export type ConnectionMaker = (root: RootContext, id: u32) => Context | null;

/** Called by the group that serves connections. */
export function makeConnectionsWith(maker: ConnectionMaker): void {
  connectionMaker = maker;
}

/**
 * Tells the SDK how to make root contexts; called at the top level of `index.ts`. The
 * factory serves every plugin for whose root id there is no {@link registerNamedRoot}.
 */
export function registerRoot(factory: RootFactory): void {
  if (IS_BUNDLE) composition().register(factory);
  else defaultRoot = factory;
}

/** The same for plugins of one `root_id`, in modules that hold several filters. */
export function registerNamedRoot(rootId: Bytes, factory: RootFactory): void {
  if (IS_BUNDLE) throw new Error("a filter of a bundle registers one root without a name");
  namedRoots = new NamedRoot(rootId.toOwned(), factory, namedRoots);
  // By reference, so that a module with one filter carries neither search nor property.
  selectRoot = findNamedRoot;
}

/** The context of an id, or null. */
export function contextOf(id: u32): Context | null {
  return changetype<Context | null>(contexts.get(id));
}

/** The root context of an id, or null. */
export function rootOf(id: u32): RootContext | null {
  const context = contextOf(id);
  return context !== null && context.isRoot ? changetype<RootContext>(context) : null;
}

/** The stream context of an id, or null. */
export function streamOf(id: u32): HttpContext | null {
  const context = contextOf(id);
  return context === null || context.isRoot ? null : changetype<HttpContext>(context);
}

/** The context of a connection, or null. */
export function connectionOf(id: u32): TcpContext | null {
  const context = contextOf(id);
  if (context === null || context.isRoot) return null;
  return changetype<StreamContext>(context).is(StreamState.Connection)
    ? changetype<TcpContext>(context)
    : null;
}

/** Makes a context; a second creation of the same id and an unknown parent are ignored. */
export function createContext(id: u32, parentId: u32): void {
  if (contextOf(id) !== null) return;
  if (!parentId) return createRoot(id);
  const root = rootOf(parentId);
  if (root === null) return;
  const maker = connectionMaker;
  const connection = maker !== null ? maker(root, id) : null;
  add(id, connection !== null ? connection : root.createHttpContext(id));
}

/**
 * Adds what a factory made. A context under another id, or one made before, would let its
 * stream pass unseen: that trap is found with the first request.
 */
function add(id: u32, context: Context): void {
  if (context.id != id) die(utf8("sdk: the factory made a context with another id"));
  contexts.add(context);
}

/** Drops a context and what it waits for. */
export function deleteContext(context: Context): void {
  abandonPending(context);
  contexts.delete(context.id);
}

function createRoot(id: u32): void {
  if (IS_BUNDLE) return add(id, composition().createRoot(id));
  const select = selectRoot;
  const named = select !== null ? select() : null;
  const factory = named !== null ? named : defaultRoot;
  if (factory !== null) add(id, factory(id));
}

function findNamedRoot(): RootFactory | null {
  const rootId = readProperty(utf8("plugin_root_id"));
  let root = namedRoots;
  while (root !== null && !root.rootId.view.equals(rootId)) root = root.next;
  return root !== null ? root.factory : null;
}
