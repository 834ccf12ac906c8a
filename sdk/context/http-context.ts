import {
  Action, BufferType, GrpcStatus, MapType, Status, StreamType,
} from "../abi/enums";
import {
  proxy_close_stream, proxy_continue_stream, proxy_remove_header_map_value,
} from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { Body } from "../hostcalls/body";
import { HeaderList } from "../hostcalls/header-list";
import { HeaderMap } from "../hostcalls/headers";
import { refuseResponse, writeLocalResponse } from "../hostcalls/local-response";
import { refuse } from "../hostcalls/log";
import { activate } from "./callback";
import { IS_BUNDLE, composition } from "./composition";
import { StreamContext } from "./stream-context";
import { StreamState } from "./stream-state";

/**
 * One HTTP stream: a request and its response. Override the callbacks the filter needs and
 * re-export their groups; the others are never called.
 *
 * What would crash or corrupt a real proxy is refused with one warning and `false`: a second
 * reply, a reply or reset in `onLog` or `onDone`, resuming what is not paused.
 */
export class HttpContext extends StreamContext {
  constructor(id: u32) {
    super(id);
  }

  /** Request headers arrived. `endOfStream`: neither body nor trailers follow. */
  onRequestHeaders(endOfStream: bool): Action {
    return Action.Continue;
  }

  /** Part of the request body arrived; after `Pause`, `size` counts all that is held. */
  onRequestBody(size: u32, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** Request trailers arrived. */
  onRequestTrailers(): Action {
    return Action.Continue;
  }

  /** Response headers arrived; never called for this filter's own local response. */
  onResponseHeaders(endOfStream: bool): Action {
    return Action.Continue;
  }

  /** Part of the response body arrived; after `Pause`, `size` counts all that is held. */
  onResponseBody(size: u32, endOfStream: bool): Action {
    return Action.Continue;
  }

  /** Response trailers arrived. */
  onResponseTrailers(): Action {
    return Action.Continue;
  }

  /** Request headers; readable in `onRequestHeaders`, while paused there, and in `onLog`. */
  get requestHeaders(): HeaderMap {
    return HeaderMap.of(this.id, MapType.HttpRequestHeaders);
  }

  /** Request trailers; readable in `onRequestTrailers`. */
  get requestTrailers(): HeaderMap {
    return HeaderMap.of(this.id, MapType.HttpRequestTrailers);
  }

  /** Response headers; readable in `onResponseHeaders`, while paused there, and in `onLog`. */
  get responseHeaders(): HeaderMap {
    return HeaderMap.of(this.id, MapType.HttpResponseHeaders);
  }

  /** Response trailers; readable in `onResponseTrailers` and in `onLog`. */
  get responseTrailers(): HeaderMap {
    return HeaderMap.of(this.id, MapType.HttpResponseTrailers);
  }

  /** The request body the host holds; readable in `onRequestBody` and while paused there. */
  get requestBody(): Body {
    return this.bodyOf(BufferType.HttpRequestBody, StreamState.RequestBodyWritable);
  }

  /** The response body the host holds; readable in `onResponseBody` and while paused there. */
  get responseBody(): Body {
    return this.bodyOf(BufferType.HttpResponseBody, StreamState.ResponseBodyWritable);
  }

  /**
   * Allows changes of the request body: removes content-length, so that the proxy sends
   * chunks. Call it where request headers are writable, usually `onRequestHeaders`.
   */
  prepareRequestBodyChange(): bool {
    return this.prepareBody(MapType.HttpRequestHeaders, StreamState.RequestBodyWritable);
  }

  /** The same for the response body, in `onResponseHeaders`. */
  prepareResponseBodyChange(): bool {
    return this.prepareBody(MapType.HttpResponseHeaders, StreamState.ResponseBodyWritable);
  }

  /**
   * Answers the client instead of the upstream: `status` 200 to 599 (204 and 304 without a
   * body), `details` for the access log, `grpcStatus` for gRPC requests. Once per stream. Afterwards this filter gets
   * only `onLog`, `onDone` and `onDelete`, and the action it returns does not matter.
   */
  sendLocalResponse(
    status: u32, details: Bytes = Bytes.absent, body: Bytes = Bytes.absent,
    headers: HeaderList | null = null, grpcStatus: GrpcStatus = GrpcStatus.None,
  ): bool {
    if (this.is(StreamState.Ended)) return refuseResponse(utf8("stream ended"));
    if (this.is(StreamState.Answered)) return refuseResponse(utf8("answered"));
    if (!this.isAnsweredElsewhere()) {
      if (!activate(this.id)) return false;
      if (!writeLocalResponse(status, details, body, headers, grpcStatus)) return false;
    }
    this.state |= StreamState.Answered;
    return true;
  }

  /** Resumes a request that an earlier callback paused. Change headers and body first. */
  continueRequest(): bool {
    return this.resume(
      StreamType.HttpRequest, StreamState.RequestPaused, StreamState.InRequestCallback,
    );
  }

  /** Resumes a response that an earlier callback paused. Change headers and body first. */
  continueResponse(): bool {
    return this.resume(
      StreamType.HttpResponse, StreamState.ResponsePaused, StreamState.InResponseCallback,
    );
  }

  /** Resets the stream without an answer. */
  resetStream(): bool {
    if (this.is(StreamState.Ended)) return refuse(utf8("sdk: reset refused: stream ended"));
    if (this.is(StreamState.Answered)) return refuse(utf8("sdk: reset refused: answered"));
    if (!this.isAnsweredElsewhere()) {
      if (!activate(this.id)) return false;
      if (proxy_close_stream(StreamType.HttpRequest) != Status.Ok) return false;
    }
    this.state |= StreamState.Answered;
    return true;
  }

  private resume(stream: StreamType, paused: u32, inside: u32): bool {
    if (this.is(StreamState.Ended | StreamState.Answered | inside) || !this.is(paused)) {
      return refuse(utf8("sdk: continue refused: not paused by an earlier callback"));
    }
    if (IS_BUNDLE) composition().resume(this, stream);
    else if (!activate(this.id) || proxy_continue_stream(stream) != Status.Ok) return false;
    this.state &= ~paused;
    return true;
  }

  /** Hosts would send the first of two answers with the details of the second. */
  private isAnsweredElsewhere(): bool {
    return IS_BUNDLE && composition().isAnswered(this);
  }

  private bodyOf(buffer: BufferType, writable: u32): Body {
    const body = Body.of(this.id, buffer, this.is(writable));
    if (IS_BUNDLE) composition().confine(body, this);
    return body;
  }

  private prepareBody(map: MapType, writable: u32): bool {
    if (!activate(this.id)) return false;
    const name = utf8("content-length");
    if (proxy_remove_header_map_value(map, name.address, name.length) != Status.Ok) {
      return refuse(utf8("sdk: body change refused: headers are not writable here"));
    }
    this.state |= writable;
    return true;
  }
}
