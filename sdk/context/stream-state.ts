/** Bits of `StreamContext.state`: what the guards have to know about a stream. */
export namespace StreamState {
  /** A local response was sent, or the stream was reset. */
  export const Answered: u32 = 1 << 0;
  /** `on_log` or `on_done` came. */
  export const Ended: u32 = 1 << 1;
  /** A request callback returned `Pause` and nothing resumed it. */
  export const RequestPaused: u32 = 1 << 2;
  /** A response callback returned `Pause` and nothing resumed it. */
  export const ResponsePaused: u32 = 1 << 3;
  /** A request callback of this stream runs. */
  export const InRequestCallback: u32 = 1 << 4;
  /** A response callback of this stream runs. */
  export const InResponseCallback: u32 = 1 << 5;
  /** The content-length of the request is gone. */
  export const RequestBodyWritable: u32 = 1 << 6;
  /** The content-length of the response is gone. */
  export const ResponseBodyWritable: u32 = 1 << 7;
  /** It is a connection: requests are its downstream, responses its upstream. */
  export const Connection: u32 = 1 << 8;
}
