import { Action, MapType } from "../abi/enums";
import { HttpContext } from "../context/http-context";
import { StreamState } from "../context/stream-state";
import { BundlePath } from "./bundle-path";
import { BundleStream } from "./bundle-stream";

/** A request along the filters of a bundle, first to last. */
// @ts-ignore: decorator
@final
export class RequestPath extends BundlePath {
  constructor(stream: BundleStream, length: i32) {
    super(stream, length, StreamState.RequestPaused, StreamState.InRequestCallback, MapType.HttpRequestTrailers);
  }

  override placeOf(index: i32): i32 {
    return index;
  }

  protected override callHead(stream: HttpContext, endOfStream: bool): Action {
    return stream.onRequestHeaders(endOfStream);
  }

  protected override callData(stream: HttpContext, size: u32, endOfStream: bool): Action {
    return stream.onRequestBody(size, endOfStream);
  }

  protected override callTrailers(stream: HttpContext): Action {
    return stream.onRequestTrailers();
  }
}
