import { Action, BufferType, PeerType, Status, StreamType } from "../abi/enums";
import { proxy_close_stream, proxy_continue_stream } from "../abi/imports";
import { utf8 } from "../bytes/utf8";
import { Body } from "../hostcalls/body";
import { refuse } from "../hostcalls/log";
import { activate } from "./callback";
import { StreamContext } from "./stream-context";
import { StreamState } from "./stream-state";

/**
 * One connection of a client and the one to its upstream. Override the callbacks the filter
 * needs and re-export their groups; the others are never called.
 *
 * Bytes that a callback pauses stay in the proxy, and with the next ones it is called with all
 * of them: also when it was another filter that paused them after this one let them go.
 */
export class TcpContext extends StreamContext {
  constructor(id: u32) {
    super(id);
    this.state = StreamState.Connection;
  }

  /** A client has connected. `Pause`: there is no upstream before `continueDownstream`. */
  onNewConnection(): Action {
    return Action.Continue;
  }

  /** The client has sent something; `size` counts all that is held. `endOfStream`: its half has ended. */
  onDownstreamData(size: u32, endOfStream: bool): Action {
    return Action.Continue;
  }

  /**
   * The same for the upstream. After `Pause` only more bytes bring the next call, and those
   * held when both halves have ended are lost.
   */
  onUpstreamData(size: u32, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** The upstream's half has ended; `peer` is always `Unknown` in Envoy. */
  onUpstreamClose(peer: PeerType): void {}

  /** The connection is over: `Remote`, the client ended it; `Local`, the proxy did. */
  onDownstreamClose(peer: PeerType): void {}

  /** What the client has sent; readable and writable in `onDownstreamData` and while paused there. */
  get downstreamData(): Body {
    return Body.of(this.id, BufferType.DownstreamData, true);
  }

  /** What the upstream has sent; readable and writable in `onUpstreamData` and while paused there. */
  get upstreamData(): Body {
    return Body.of(this.id, BufferType.UpstreamData, true);
  }

  /** Resumes the connection, or the client's bytes, that an earlier callback paused. Change bytes first. */
  continueDownstream(): bool {
    const blocked = StreamState.Ended | StreamState.Answered | StreamState.InRequestCallback;
    if (this.is(blocked) || !this.is(StreamState.RequestPaused)) {
      return refuse(utf8("sdk: continue refused: not paused by an earlier callback"));
    }
    if (!activate(this.id) || proxy_continue_stream(StreamType.Downstream) != Status.Ok) return false;
    this.state &= ~StreamState.RequestPaused;
    return true;
  }

  /** Ends the connection on both sides; what is on its way to the client still leaves. */
  closeConnection(): bool {
    if (this.is(StreamState.Ended | StreamState.Answered)) {
      return refuse(utf8("sdk: close refused: connection ended"));
    }
    if (!activate(this.id) || proxy_close_stream(StreamType.Downstream) != Status.Ok) return false;
    this.state |= StreamState.Answered;
    return true;
  }
}
