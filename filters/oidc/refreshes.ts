import { Bytes, LruMap, OwnedBytes, sha256 } from "@sluice/sdk";
import { Owner } from "./owner";
import { Flight } from "./flight";
import { Provider } from "./provider";
import { SharedRefreshes } from "./shared-refresh";

const SECOND: u64 = 1000000000;
/** How long what came of a refresh counts for requests that still show the old cookie. */
const GOOD_FOR: u64 = 60 * SECOND;
/** A provider that does not answer is asked again after that. */
const UNAVAILABLE_FOR: u64 = 2 * SECOND;
const MAX_OUTCOMES: i32 = 256;
const MAX_FLIGHTS: i32 = 256;
const MAX_WAITING: i32 = 1024;
/** How often it is looked whether another VM has its answer, or keys have come. */
const POLL_MS: u32 = 20;
const DIGEST_BYTES: i32 = 16;

/** What came of a refresh. */
export enum RefreshStatus {
  /** The stream is told by `onDocumentSettled`. */
  Pending,
  Good,
  /** The session is over. */
  Refused,
  Unavailable,
}

export class Outcome {
  constructor(
    readonly status: RefreshStatus,
    /** Nanoseconds since 1970. */
    readonly at: u64 = 0,
    /** The session's new cookie. */
    readonly value: OwnedBytes = OwnedBytes.absent(),
  ) {}

  counts(now: u64): bool {
    return now >= this.at && now - this.at < (this.status == RefreshStatus.Unavailable ? UNAVAILABLE_FOR : GOOD_FOR);
  }
}

/** Refreshes of sessions: of all requests with one old session, in all VMs of a proxy, one asks the provider. */
export class Refreshes {
  readonly shared: SharedRefreshes;
  private readonly flights: Flight[] = [];
  private readonly outcomes: LruMap<Outcome> = new LruMap<Outcome>(MAX_OUTCOMES);
  private readonly pending: Outcome = new Outcome(RefreshStatus.Pending);

  constructor(readonly owner: Owner) {
    this.shared = new SharedRefreshes(owner);
  }

  /** What comes of a session's refresh; a stream that asks again after it has waited gets an answer. */
  outcomeOf(provider: Provider, cookie: Bytes, session: Bytes, purpose: Bytes, stream: u32, now: u64): Outcome {
    const digest = sha256(cookie).slice(0, DIGEST_BYTES);
    const known = this.known(digest, now);
    if (known.status != RefreshStatus.Pending) return known;
    let flight = this.flightOf(digest);
    if (flight === null) {
      if (this.flights.length >= MAX_FLIGHTS) return new Outcome(RefreshStatus.Unavailable);
      flight = new Flight(this, provider, digest.toOwned(), session.toOwned(), purpose.toOwned());
      this.flights.push(flight);
      flight.begin(now);
      const ended = this.known(digest, now);
      if (ended.status != RefreshStatus.Pending) return ended;
      this.owner.schedule();
    }
    if (flight.waiting.length >= MAX_WAITING) return new Outcome(RefreshStatus.Unavailable);
    flight.waiting.push(stream);
    return this.pending;
  }

  /** For the owner's timer. */
  onTick(now: u64): void {
    const flights = this.flights.slice(0);
    for (let i = 0; i < flights.length; i++) flights[i].look(now);
  }

  /** Milliseconds to the next tick that is wanted; 0 = none is. */
  get tick(): u32 {
    for (let i = 0; i < this.flights.length; i++) if (this.flights[i].looksOut) return POLL_MS;
    return 0;
  }

  /** A flight has ended. */
  end(flight: Flight, outcome: Outcome): void {
    this.outcomes.set(flight.digest.view, outcome);
    this.flights.splice(this.flights.indexOf(flight), 1);
    this.owner.settle(flight.waiting);
    this.owner.schedule();
  }

  /** An outcome that counts, of this VM or another; pending when there is none. */
  private known(digest: Bytes, now: u64): Outcome {
    const own = this.outcomes.get(digest, this.pending);
    if (own.status != RefreshStatus.Pending && own.counts(now)) return own;
    const shared = this.shared.read(this.owner, digest);
    if (shared.at == 0 || !shared.digest.equals(digest)) return this.pending;
    const outcome = new Outcome(<RefreshStatus>shared.status, shared.at, shared.value.toOwned());
    return outcome.counts(now) ? outcome : this.pending;
  }

  private flightOf(digest: Bytes): Flight | null {
    for (let i = 0; i < this.flights.length; i++) if (this.flights[i].digest.view.equals(digest)) return this.flights[i];
    return null;
  }
}
