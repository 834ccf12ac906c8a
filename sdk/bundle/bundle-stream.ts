import { Action, StreamType } from "../abi/enums";
import { proxy_continue_stream } from "../abi/imports";
import { activate } from "../context/callback";
import { HttpContext } from "../context/http-context";
import { abandonPending } from "../context/pending";
import { RootContext } from "../context/root-context";
import { StreamState } from "../context/stream-state";
import { BundlePath } from "./bundle-path";
import { BundledFilter, enterFilter } from "./bundled-filter";
import { RequestPath } from "./request-path";
import { ResponsePath } from "./response-path";

/**
 * One stream of a bundle: owns the stream contexts of its filters, which share its id, and
 * sends each event along them.
 */
// @ts-ignore: decorator
@final
export class BundleStream extends HttpContext {
  private readonly streams: StaticArray<HttpContext | null>;
  /** Number of filters that the stream has reached. */
  reached: i32 = 0;
  private request!: RequestPath;
  private response: ResponsePath | null = null;
  private logged: bool = false;
  private deleted: bool = false;

  constructor(id: u32, private readonly filters: BundledFilter[]) {
    super(id);
    this.streams = new StaticArray<HttpContext | null>(filters.length);
    this.request = new RequestPath(this, filters.length);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    return this.request.head(endOfStream);
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    return this.request.data(size, endOfStream);
  }

  override onRequestTrailers(): Action {
    return this.request.trailers();
  }

  override onResponseHeaders(endOfStream: bool): Action {
    return this.enterResponse().head(endOfStream);
  }

  override onResponseBody(size: u32, endOfStream: bool): Action {
    return this.enterResponse().data(size, endOfStream);
  }

  override onResponseTrailers(): Action {
    return this.enterResponse().trailers();
  }

  override onLog(): void {
    this.logged = true;
    for (let i = 0; i < this.filters.length; i++) {
      const stream = this.enter(i);
      stream.state |= StreamState.Ended;
      stream.onLog();
    }
  }

  /** Where the log comes first, as in Envoy, each filter is deleted before the next one is done. */
  override onDone(): void {
    for (let i = 0; i < this.filters.length; i++) {
      const stream = this.enter(i);
      stream.state |= StreamState.Ended;
      stream.onDone();
      if (this.logged) this.deleteStream(stream);
    }
    this.deleted = this.logged;
  }

  override onDelete(): void {
    for (let i = 0; i < this.filters.length && !this.deleted; i++) this.deleteStream(this.enter(i));
  }

  /** The context of a filter, made when the stream reaches it; that filter's code runs now. */
  enter(index: i32): HttpContext {
    const filter = this.filters[index];
    enterFilter(filter);
    const known = this.streams[index];
    if (known !== null) return known;
    const stream = filter.root.createHttpContext(this.id);
    if (stream.id != this.id) throw new Error("the factory made a context with another id");
    this.streams[index] = stream;
    this.reached = index + 1;
    return stream;
  }

  /** Place of a filter's stream context in the chain, or -1. */
  indexOf(stream: HttpContext): i32 {
    for (let i = 0; i < this.reached; i++) if (this.streams[i] === stream) return i;
    return -1;
  }

  /** The stream context that a root context has made, or null. */
  streamOf(root: RootContext): HttpContext | null {
    for (let i = 0; i < this.reached; i++) if (this.filters[i].root === root) return this.streams[i];
    return null;
  }

  /** A filter other than the given one has answered, and the answer has not come back here. */
  isAnsweredBut(asking: HttpContext): bool {
    if (this.response !== null) return false;
    for (let i = 0; i < this.reached; i++) {
      const stream = this.streams[i];
      if (stream !== null && stream !== asking && stream.is(StreamState.Answered)) return true;
    }
    return false;
  }

  /** A direction of the stream; null for a response that has not come. */
  pathOf(isResponse: bool): BundlePath | null {
    return isResponse ? this.response : this.request;
  }

  /** A filter no longer holds a direction. */
  letGo(index: i32, isResponse: bool): void {
    const path = this.pathOf(isResponse);
    if (path === null || this.is(StreamState.Ended) || this.isAnsweredBut(this)) return;
    if (path.resume(path.placeOf(index))) this.goOn(isResponse);
  }

  private goOn(isResponse: bool): void {
    this.state &= ~(isResponse ? StreamState.ResponsePaused : StreamState.RequestPaused);
    if (activate(this.id)) proxy_continue_stream(isResponse ? StreamType.HttpResponse : StreamType.HttpRequest);
  }

  private enterResponse(): ResponsePath {
    let path = this.response;
    if (path === null) this.response = path = new ResponsePath(this, this.reached);
    return path;
  }

  private deleteStream(stream: HttpContext): void {
    stream.state |= StreamState.Ended;
    stream.onDelete();
    abandonPending(stream);
  }
}
