import { BufferType, StreamType } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { utf8 } from "../bytes/utf8";
import { Composition } from "../context/composition";
import { Context } from "../context/context";
import { HttpContext } from "../context/http-context";
import { RootFactory, rootOf, streamOf } from "../context/registry";
import { RootContext } from "../context/root-context";
import { Body } from "../hostcalls/body";
import { readProperty } from "../hostcalls/properties";
import { BundlePath } from "./bundle-path";
import { BundleRoot } from "./bundle-root";
import { BundleStream } from "./bundle-stream";
import { enterFilter, runningFilter } from "./bundled-filter";
import { offerFilter } from "./registration";

/** A filter lets a direction of a stream go on, once the callback is over. */
// @ts-ignore: decorator
@final
class Resumption {
  constructor(readonly stream: BundleStream, readonly index: i32, readonly isResponse: bool) {}
}

/** A bundle's answers to what its filters ask. */
// @ts-ignore: decorator
@final
export class BundleComposition extends Composition {
  private readonly resumptions: Resumption[] = [];

  override register(factory: RootFactory): void {
    offerFilter(factory);
  }

  override createRoot(id: u32): RootContext {
    return new BundleRoot(id);
  }

  override enter(context: Context): void {
    if (context.isRoot) enterFilter(bundleRoot(context.id).filterOf(changetype<RootContext>(context)));
    else {
      const whole = bundleStream(context.id);
      if (whole !== null) whole.enter(whole.indexOf(changetype<HttpContext>(context)));
    }
  }

  override settle(): void {
    if (!this.resumptions.length) return;
    for (let i = 0; i < this.resumptions.length; i++) {
      const one = this.resumptions[i];
      one.stream.letGo(one.index, one.isResponse);
    }
    this.resumptions.length = 0;
  }

  override resume(stream: HttpContext, direction: StreamType): void {
    const whole = bundleStream(stream.id);
    if (whole === null) return;
    this.resumptions.push(new Resumption(whole, whole.indexOf(stream), direction == StreamType.HttpResponse));
  }

  override isAnswered(stream: HttpContext): bool {
    const whole = bundleStream(stream.id);
    return whole !== null && whole.isAnsweredBut(stream);
  }

  override streamOf(root: RootContext, id: u32): HttpContext | null {
    const whole = bundleStream(id);
    return whole !== null ? whole.streamOf(root) : null;
  }

  override setTickPeriod(root: RootContext, periodMs: u32): void {
    const whole = bundleRoot(root.id);
    whole.setTickPeriodOf(whole.filterOf(root)!, periodMs);
  }

  override ownQueue(root: RootContext, queueId: u32): void {
    const whole = bundleRoot(root.id);
    whole.ownQueue(whole.filterOf(root)!, queueId);
  }

  override done(root: RootContext): bool {
    const whole = bundleRoot(root.id);
    return whole.doneOf(whole.filterOf(root)!);
  }

  override linePrefix(): Bytes {
    const filter = runningFilter();
    return filter !== null ? filter.linePrefix.view : Bytes.absent;
  }

  override property(path: Bytes): Bytes {
    const filter = runningFilter();
    if (filter === null) return Bytes.absent;
    if (path.equals(utf8("plugin_root_id"))) return filter.name;
    if (!path.equals(utf8("plugin_name"))) return Bytes.absent;
    const plugin = readProperty(path);
    return BytesBuilder.create().add(plugin).addByte(0x2e).add(filter.label.view).toBytes();
  }

  override confine(body: Body, stream: HttpContext): void {
    const whole = bundleStream(stream.id);
    if (whole !== null) body.filterNumber = whole.indexOf(stream) + 1;
  }

  override bodySize(body: Body): u32 {
    const path = pathOf(body);
    return path !== null ? path.body.sizeAt(path.placeOf(body.filterNumber - 1)) : 0;
  }

  override readBody(body: Body, start: u32, maxLength: u32): Bytes {
    const path = pathOf(body);
    if (path === null) return Bytes.empty;
    return path.body.read(body.buffer, path.placeOf(body.filterNumber - 1), start, maxLength);
  }

  override writeBody(body: Body, start: u32, length: u32, bytes: Bytes): bool {
    const path = pathOf(body);
    return path !== null
      && path.body.write(body.buffer, path.placeOf(body.filterNumber - 1), start, length, bytes);
  }
}

/** Every root context of the module is a bundle's; filters' own have the same id and are in no table. */
function bundleRoot(id: u32): BundleRoot {
  return rootOf(id) as BundleRoot;
}

function bundleStream(id: u32): BundleStream | null {
  return streamOf(id) as BundleStream | null;
}

function pathOf(body: Body): BundlePath | null {
  const whole = bundleStream(body.contextId);
  return whole !== null ? whole.pathOf(body.buffer == BufferType.HttpResponseBody) : null;
}
