import type { Channel } from "../../src/transport/channel.ts";

/** Frames of this length are sent back unreliably. */
export const UNRELIABLE_BYTES = 3;

/** An empty frame asks for the close of the channel. */
export function echo(channel: Channel, frame: Uint8Array): void {
  if (frame.length === 0) channel.close();
  else if (frame.length === UNRELIABLE_BYTES) channel.sendUnreliable?.(frame);
  else channel.send(frame);
}
