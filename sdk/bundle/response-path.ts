import { Action, MapType } from "../abi/enums";
import { HttpContext } from "../context/http-context";
import { StreamState } from "../context/stream-state";
import { BundlePath } from "./bundle-path";
import { BundleStream } from "./bundle-stream";

/** A response along the filters that have seen the request, last to first. */
// @ts-ignore: decorator
@final
export class ResponsePath extends BundlePath {
  constructor(stream: BundleStream, length: i32) {
    super(stream, length, StreamState.ResponsePaused, StreamState.InResponseCallback, MapType.HttpResponseTrailers);
  }

  override placeOf(index: i32): i32 {
    return this.length - 1 - index;
  }

  protected override callHead(stream: HttpContext, endOfStream: bool): Action {
    return stream.onResponseHeaders(endOfStream);
  }

  protected override callData(stream: HttpContext, size: u32, endOfStream: bool): Action {
    return stream.onResponseBody(size, endOfStream);
  }

  protected override callTrailers(stream: HttpContext): Action {
    return stream.onResponseTrailers();
  }
}
