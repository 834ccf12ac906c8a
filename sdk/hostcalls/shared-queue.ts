import { Status } from "../abi/enums";
import {
  proxy_dequeue_shared_queue, proxy_enqueue_shared_queue, proxy_register_shared_queue,
  proxy_resolve_shared_queue,
} from "../abi/imports";
import { OUT, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";

/** Creates a queue or takes it over: the last registrant gets `onQueueReady`. 0 = failure. */
export function registerQueue(name: Bytes): u32 {
  const status = proxy_register_shared_queue(name.address, name.length, OUT);
  return status == Status.Ok ? load<u32>(OUT) : 0;
}

/** Finds a queue by VM id (empty = own) and name. 0 when there is none. */
export function resolveQueue(vmId: Bytes, name: Bytes): u32 {
  const status = proxy_resolve_shared_queue(
    vmId.address, vmId.length, name.address, name.length, OUT,
  );
  return status == Status.Ok ? load<u32>(OUT) : 0;
}

/** Appends an item. `NotFound` for an unknown queue. */
export function enqueue(queueId: u32, item: Bytes): Status {
  return proxy_enqueue_shared_queue(queueId, item.address, item.length);
}

/** Takes the oldest item; absent when the queue is empty or unknown. */
export function dequeue(queueId: u32): Bytes {
  if (proxy_dequeue_shared_queue(queueId, OUT, OUT_LENGTH) != Status.Ok) return Bytes.absent;
  return Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH));
}
