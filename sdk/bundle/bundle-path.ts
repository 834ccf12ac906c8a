import { Action, MapType } from "../abi/enums";
import { HttpContext } from "../context/http-context";
import { StreamState } from "../context/stream-state";
import { HeaderMap } from "../hostcalls/headers";
import { BundleStream } from "./bundle-stream";
import { HeldBody } from "./held-body";

/**
 * One direction of a stream along the filters of a bundle, by the rules that a proxy has for a
 * chain of modules: a filter that pauses holds the head, the body or the trailers back from
 * those behind it, and what it lets go moves on from the next filter.
 *
 * The host holds what any of them holds: it takes the whole message back when the last one
 * resumes. A place is a filter's number in the order of this direction.
 */
export abstract class BundlePath {
  private held: HeldBody | null = null;
  /** Filters in front of these places have let the head, the end of the body, the trailers go. */
  private headAt: i32 = 0;
  private endAt: i32 = 0;
  private trailersAt: i32 = 0;
  private headEnds: bool = false;
  private bodyEnds: bool = false;
  private trailersCame: bool = false;
  /** Number of filters that hold the message. */
  private holders: i32 = 0;
  /** A filter has answered: nothing moves any more. */
  private stopped: bool = false;

  constructor(
    private readonly stream: BundleStream,
    protected readonly length: i32,
    private readonly paused: u32,
    private readonly inside: u32,
    private readonly trailersMap: MapType,
  ) {}

  /** Body bytes that the host holds for filters of this direction; most messages have none. */
  get body(): HeldBody {
    let held = this.held;
    if (held === null) this.held = held = new HeldBody(this.length);
    return held;
  }

  /** Place of a filter; the same turned round leads back. */
  abstract placeOf(index: i32): i32;
  protected abstract callHead(stream: HttpContext, endOfStream: bool): Action;
  protected abstract callData(stream: HttpContext, size: u32, endOfStream: bool): Action;
  protected abstract callTrailers(stream: HttpContext): Action;

  /** The head arrives. */
  head(endOfStream: bool): Action {
    this.headEnds = endOfStream;
    this.runHead(0);
    return this.outcome();
  }

  /** A part of the body arrives; the host holds `size` bytes. */
  data(size: u32, endOfStream: bool): Action {
    this.body.total = size;
    this.bodyEnds = endOfStream;
    this.runData(0);
    return this.outcome();
  }

  /** The trailers arrive. */
  trailers(): Action {
    this.trailersCame = true;
    this.runTrailers(0);
    return this.outcome();
  }

  /** The filter at a place lets go what it holds. True when the host need not hold anything any more. */
  resume(place: i32): bool {
    if (this.stopped) return false;
    this.holders--;
    this.letGo(place);
    return this.outcome() == Action.Continue;
  }

  private outcome(): Action {
    if (this.stopped || this.holders) return Action.Pause;
    const held = this.held;
    if (held !== null) held.forget();
    return Action.Continue;
  }

  private runHead(place: i32): void {
    for (; place < this.length && this.headAt == place; place++) {
      const stream = this.begin(place);
      if (stream !== null && !this.end(stream, this.callHead(stream, this.headEnds))) return;
      this.headAt = place + 1;
    }
  }

  /** A filter that holds the head sees the body when the host lets it (allow_on_headers_stop_iteration). */
  private runData(place: i32): void {
    for (; place < this.length && place <= this.headAt && !this.stopped; place++) {
      const ends = this.bodyEnds && this.endAt == place;
      const stream = this.begin(place);
      const goesOn = stream === null || this.end(stream, this.callData(stream, this.body.sizeAt(place), ends));
      const made = ends && this.hasMadeTrailers();
      if (made) this.splitOffTrailers(place);
      if (!goesOn) return;
      this.letDataGo(place, ends && !made);
      if (!made) continue;
      this.runData(place + 1);
      return this.letTrailersGo(place);
    }
  }

  private runTrailers(place: i32): void {
    for (; place < this.length && place <= this.headAt && !this.stopped; place++) {
      const stream = this.begin(place);
      if (stream !== null && !this.end(stream, this.callTrailers(stream))) return;
      this.letHeadGo(place);
      if (this.body.sizeAt(place)) {
        this.body.pass(place);
        this.runData(place + 1);
      }
      this.trailersAt = place + 1;
    }
  }

  /** Everything that a filter held moves on. */
  private letGo(place: i32): void {
    this.letHeadGo(place);
    const ends = this.bodyEnds && this.endAt == place;
    if (ends || this.body.sizeAt(place)) {
      this.letDataGo(place, ends);
      this.runData(place + 1);
    }
    if (this.trailersCame && this.trailersAt == place) this.letTrailersGo(place);
  }

  private letTrailersGo(place: i32): void {
    this.trailersAt = place + 1;
    this.runTrailers(place + 1);
  }

  private letHeadGo(place: i32): void {
    if (this.headAt != place) return;
    this.headAt++;
    this.runHead(this.headAt);
  }

  private letDataGo(place: i32, ends: bool): void {
    this.letHeadGo(place);
    this.body.pass(place);
    if (ends) this.endAt = place + 1;
  }

  /** Envoy lets a filter make trailers while it has the end of the body. */
  private hasMadeTrailers(): bool {
    const id = this.stream.id;
    return HeaderMap.isInUse(id, this.trailersMap) && HeaderMap.of(id, this.trailersMap).size > 0;
  }

  /** What was the end of the body no longer is: the trailers follow, from this filter on. */
  private splitOffTrailers(place: i32): void {
    this.bodyEnds = false;
    this.trailersCame = true;
    this.trailersAt = place;
  }

  /** Begins a callback; null for a filter that has answered, which sees nothing of its answer. */
  private begin(place: i32): HttpContext | null {
    const stream = this.stream.enter(this.placeOf(place));
    if (stream.is(StreamState.Answered)) return null;
    stream.state |= this.inside;
    return stream;
  }

  /** Ends a callback. True when the event goes on to the next filter. */
  private end(stream: HttpContext, action: Action): bool {
    if (stream.is(this.paused)) this.holders--;
    stream.state &= ~(this.inside | this.paused);
    if (stream.is(StreamState.Answered)) this.stopped = true;
    if (this.stopped || action == Action.Continue) return !this.stopped;
    stream.state |= this.paused;
    this.holders++;
    return false;
  }
}
