import { Bytes, Context, LruMap, OwnedBytes } from "@sluice/sdk";
import { ConfiguredRoot } from "@sluice/sdk/config";
import { Verdict, VerdictReceiver } from "./verdict";

/** Requests that wait for the answer to another one's question; further ones ask by themselves. */
const MOST_WAITING: i32 = 1024;
/** Questions on their way that another request can find. */
const MOST_FLIGHTS: i32 = 1024;

/** The plugin that asks for several requests at once. */
export abstract class FlightOwner extends ConfiguredRoot {
  abstract onLanded(flight: Flight, verdict: Verdict): void;
}

/** A question on its way, and the requests that wait for its answer; the first one asked. */
export class Flight extends VerdictReceiver {
  readonly waiting: u32[] = [];

  constructor(readonly key: OwnedBytes) {
    super();
  }

  override onVerdict(asker: Context, verdict: Verdict): void {
    (<FlightOwner>asker).onLanded(this, verdict);
  }
}

/** Questions on their way, by their keys: none is asked twice at a time. */
export class Flights {
  private readonly byKey: LruMap<Flight> = new LruMap<Flight>(MOST_FLIGHTS);
  private readonly none: Flight = new Flight(OwnedBytes.absent());
  private waitingCount: i32 = 0;

  /** Lets a request wait for an answer to its question. False when there is no such question, or too many wait. */
  join(key: Bytes, stream: u32): bool {
    const flight = this.byKey.get(key, this.none);
    if (flight == this.none || this.waitingCount >= MOST_WAITING) return false;
    flight.waiting.push(stream);
    this.waitingCount++;
    return true;
  }

  /** Notes a question that a request is about to ask. */
  depart(key: Bytes, stream: u32): Flight {
    const flight = new Flight(key.toOwned());
    flight.waiting.push(stream);
    this.byKey.set(key, flight);
    return flight;
  }

  /** The question has been answered, or could not be sent. */
  land(flight: Flight): void {
    this.waitingCount -= flight.waiting.length - 1;
    const key = flight.key.view;
    if (this.byKey.get(key, this.none) == flight) this.byKey.delete(key);
  }
}
