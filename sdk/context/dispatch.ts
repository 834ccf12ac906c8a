import { Action } from "../abi/enums";
import { enterCallback, leaveCallback } from "./callback";
import { HttpContext } from "./http-context";
import { streamOf } from "./registry";
import { StreamState } from "./stream-state";

/** Common frame of the stream callbacks; the export groups call the method in between. */

/** Begins a request callback; null when there is nobody to call. */
export function beginRequest(id: u32): HttpContext | null {
  return begin(id, StreamState.InRequestCallback);
}

/** Begins a response callback; null when there is nobody to call. */
export function beginResponse(id: u32): HttpContext | null {
  return begin(id, StreamState.InResponseCallback);
}

function begin(id: u32, inside: u32): HttpContext | null {
  enterCallback(id);
  const stream = streamOf(id);
  // After its own local response Envoy calls the filter for that response: skip it.
  if (stream === null || stream.is(StreamState.Answered)) return null;
  stream.state |= inside;
  return stream;
}

/** Ends a request callback: notes a pause, and never lets an answered request go on. */
export function endRequest(stream: HttpContext | null, action: Action): Action {
  return end(stream, action, StreamState.RequestPaused, StreamState.InRequestCallback);
}

/** Ends a response callback in the same way. */
export function endResponse(stream: HttpContext | null, action: Action): Action {
  return end(stream, action, StreamState.ResponsePaused, StreamState.InResponseCallback);
}

function end(stream: HttpContext | null, action: Action, paused: u32, inside: u32): Action {
  let result = Action.Continue;
  if (stream !== null) {
    stream.state &= ~(inside | paused);
    // Other numbers would reach Envoy's own filter states, of which some drop a chunk.
    if (action != Action.Continue || stream.is(StreamState.Answered)) {
      stream.state |= paused;
      result = Action.Pause;
    }
  }
  leaveCallback();
  return result;
}
